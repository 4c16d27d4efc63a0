using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>
/// Turns a file's bytes into what the model sees. Strips of rows go from the decoder straight into the resize, so that the whole
/// picture is never in memory if its format allows that.
/// </summary>
internal static class PictureReader
{
    /// <summary>Bytes of RGB per strip: small enough for the second-level cache, and large enough to be worth a call.</summary>
    private const int StripBytes = 256 * 1024;

    /// <summary>Reads a picture, resized to a square.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="size">Pixels per side that the model sees.</param>
    /// <param name="limits">Checked against the header before anything is decoded.</param>
    /// <param name="clock">Measures the two times reported.</param>
    /// <param name="cancellationToken">Checked between strips.</param>
    /// <param name="choices">What the caller chose of its pixels; null: nothing.</param>
    /// <param name="hashPixels">Also compute <see cref="ModelPicture.PixelHash"/>.</param>
    /// <exception cref="ImageException">The bytes are not a supported picture, are damaged, or exceed a limit.</exception>
    /// <exception cref="CaptionOptionException">The picture lacks the frame that was asked for.</exception>
    public static ModelPicture Read(
        ReadOnlyMemory<byte> file,
        int size,
        ImageLimits limits,
        TimeProvider clock,
        CancellationToken cancellationToken,
        PixelChoices? choices = null,
        bool hashPixels = false
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return Read(file, PicturePreparation.Square(size), limits, clock, cancellationToken, choices, hashPixels);
    }

    /// <summary>Reads a picture; this is CPU work that blocks its thread.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="preparation">What to do with it.</param>
    /// <param name="limits">Checked against the header before anything is decoded.</param>
    /// <param name="clock">Measures the two times reported.</param>
    /// <param name="cancellationToken">Checked between strips.</param>
    /// <param name="choices">What the caller chose of its pixels; null: nothing.</param>
    /// <param name="hashPixels">Also compute <see cref="ModelPicture.PixelHash"/>.</param>
    /// <exception cref="ImageException">The bytes are not a supported picture, are damaged, or exceed a limit.</exception>
    /// <exception cref="CaptionOptionException">The picture lacks the frame that was asked for.</exception>
    public static ModelPicture Read(
        ReadOnlyMemory<byte> file,
        PicturePreparation preparation,
        ImageLimits limits,
        TimeProvider clock,
        CancellationToken cancellationToken,
        PixelChoices? choices = null,
        bool hashPixels = false
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var header = PictureHeader.Read(file.Span, limits);
        long started = clock.GetTimestamp();
        var time = new DecodeTime(limits, clock, cancellationToken);
        using var decoder = PictureDecoder.Open(file, header, choices ?? PixelChoices.Default, time);
        using var resize = new PreparedResize(preparation, StoredLayout.Of(decoder.Width, decoder.Height, decoder.Orientation));
        using var hash = hashPixels ? StartHash(decoder) : null;
        var resizing = TimeSpan.Zero;
        int stripRows = Math.Clamp(StripBytes / (decoder.Width * 3), 1, 256);
        stripRows = stripRows > 16 ? stripRows & ~15 : stripRows;
        for (int row = 0; row < decoder.Height; row += stripRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(stripRows, decoder.Height - row);
            var strip = decoder.ReadRows(row, rows);
            long decoded = clock.GetTimestamp();
            strip = resize.Color(strip);
            hash?.AppendData(strip);
            resize.Add(strip, rows);
            resizing += clock.GetElapsedTime(decoded);
        }

        long complete = clock.GetTimestamp();
        byte[] pixels = resize.Finish();
        resizing += clock.GetElapsedTime(complete);
        var layout = StoredLayout.Of(decoder.Width, decoder.Height, decoder.Orientation);
        var views = preparation.ViewsOf(new PixelSize(layout.UprightWidth, layout.UprightHeight));
        return new ModelPicture(
            new PictureInfo(header.Width, header.Height, header.Format) { Warning = decoder.Warning },
            preparation.Size,
            pixels,
            views
        )
        {
            DecodeTime = clock.GetElapsedTime(started) - resizing,
            ResizeTime = resizing,
            PixelHash = hash?.GetHashAndReset(),
        };
    }

    private static IncrementalHash StartHash(PictureDecoder decoder)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[9];
        BinaryPrimitives.WriteInt32LittleEndian(prefix, decoder.Width);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], decoder.Height);
        prefix[8] = (byte)decoder.Orientation;
        hash.AppendData(prefix);
        return hash;
    }
}
