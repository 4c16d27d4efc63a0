using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>
/// From a file's bytes to what the model sees. Strips of rows go from the decoder straight into the resize, so that the
/// whole picture is never in memory where its format allows.
/// </summary>
internal static class PictureReader
{
    /// <summary>Bytes of RGB per strip: small enough for the second-level cache, large enough to be worth a call.</summary>
    private const int StripBytes = 256 * 1024;

    /// <summary>Reads a picture; CPU work that blocks its thread.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="size">Pixels of each side of what the model sees.</param>
    /// <param name="limits">Checked against the header, before anything is decoded.</param>
    /// <param name="clock">Measures the two times reported.</param>
    /// <param name="cancellationToken">Looked at between strips.</param>
    /// <param name="hashPixels">Also compute <see cref="ModelPicture.PixelHash"/>.</param>
    /// <exception cref="ImageException">The bytes are no picture that is read, are damaged, or exceed a limit.</exception>
    public static ModelPicture Read(
        ReadOnlyMemory<byte> file,
        int size,
        ImageLimits limits,
        TimeProvider clock,
        CancellationToken cancellationToken,
        bool hashPixels = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        cancellationToken.ThrowIfCancellationRequested();
        var header = PictureHeader.Read(file.Span, limits);
        var output = ArrayPool<byte>.Shared.Rent(size * size * 3);
        try
        {
            var started = clock.GetTimestamp();
            var resizing = TimeSpan.Zero;
            using var decoder = PictureDecoder.Open(file, header);
            using var resize = StreamingResize.Create(decoder.Width, decoder.Height, decoder.Orientation, size);
            using var hash = hashPixels ? StartHash(decoder) : null;
            var stripRows = Math.Clamp(StripBytes / (decoder.Width * 3), 1, 256);
            stripRows = stripRows > 16 ? stripRows & ~15 : stripRows;
            for (var row = 0; row < decoder.Height; row += stripRows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rows = Math.Min(stripRows, decoder.Height - row);
                var strip = decoder.ReadRows(row, rows);
                hash?.AppendData(strip);
                var decoded = clock.GetTimestamp();
                resize.Add(strip, rows);
                resizing += clock.GetElapsedTime(decoded);
            }

            var complete = clock.GetTimestamp();
            resize.Finish(output.AsSpan(0, size * size * 3));
            resizing += clock.GetElapsedTime(complete);
            return new ModelPicture(new PictureInfo(header.Width, header.Height, header.Format), size, output)
            {
                DecodeTime = clock.GetElapsedTime(started) - resizing,
                ResizeTime = resizing,
                PixelHash = hash?.GetHashAndReset(),
            };
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(output);
            throw;
        }
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
