using ImageToText.Captioning.Natives;
using ImageToText.Captioning.Preprocessing;
using NetVips;

namespace ImageToText.Captioning;

/// <summary>Shows what the model sees of a picture.</summary>
public static class PicturePreview
{
    /// <summary>
    /// Writes an 8-bit RGB PNG of <paramref name="size"/> x <paramref name="size"/> pixels: what the model gets, before
    /// normalization.
    /// </summary>
    /// <param name="file">The picture's whole file.</param>
    /// <param name="size">Pixels per side.</param>
    /// <param name="limits">What to refuse before decoding.</param>
    /// <param name="output">Where to write the PNG.</param>
    /// <returns>The picture's own size and format.</returns>
    /// <exception cref="ImageException">The bytes are not a supported picture, are damaged, or exceed a limit.</exception>
    /// <exception cref="EngineUnavailableException">A native library is missing or doesn't fit.</exception>
    public static PictureInfo WritePng(ReadOnlyMemory<byte> file, int size, ImageLimits limits, Stream output)
    {
        EngineLibraries.Check();
        using var picture = PictureReader.Read(file, size, limits, TimeProvider.System, CancellationToken.None);
        using var pixels = Image.NewFromMemoryCopy(picture.Pixels.Span, size, size, bands: 3, Enums.BandFormat.Uchar);
        using var rgb = pixels.Copy(interpretation: Enums.Interpretation.Srgb);
        output.Write(rgb.PngsaveBuffer(bitdepth: 8, keep: Enums.ForeignKeep.None));
        return picture.Info;
    }
}
