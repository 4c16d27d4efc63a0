using ImageToText.Captioning.Natives;
using ImageToText.Captioning.Preprocessing;
using NetVips;

namespace ImageToText.Captioning;

/// <summary>Makes small copies of pictures, to be shown beside their captions.</summary>
public static class PictureThumbnail
{
    private const int Quality = 80;

    /// <summary>Makes a small copy: a JPEG, upright, in the picture's proportions, no larger than the picture itself.</summary>
    /// <param name="file">The picture's whole file.</param>
    /// <param name="edge">The most pixels of its longer side.</param>
    /// <param name="limits">What is refused before it is decoded.</param>
    /// <param name="cancellationToken">Looked at while the picture is decoded.</param>
    /// <exception cref="ImageException">The bytes are no picture that is read, are damaged, or exceed a limit.</exception>
    /// <exception cref="EngineUnavailableException">A native library is missing or doesn't fit.</exception>
    public static byte[] Make(ReadOnlyMemory<byte> file, int edge, ImageLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(edge, 1);
        ArgumentNullException.ThrowIfNull(limits);
        EngineLibraries.Check();
        var header = PictureHeader.Read(file.Span, limits);
        double scale = Math.Min(1, (double)edge / Math.Max(header.Width, header.Height));
        var size = new PixelSize(Side(header.Width), Side(header.Height));
        var preparation = PicturePreparation.Square(edge) with { Size = size, Resizes = [new ExactSize(size)] };
        using var picture = PictureReader.Read(file, preparation, limits, TimeProvider.System, cancellationToken);
        using var pixels = Image.NewFromMemoryCopy(picture.Pixels.Span, size.Width, size.Height, bands: 3, Enums.BandFormat.Uchar);
        using var rgb = pixels.Copy(interpretation: Enums.Interpretation.Srgb);
        return rgb.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None);

        int Side(int length) => Math.Max(1, (int)Math.Round(length * scale));
    }
}
