using ImageToText.Gateway.Errors;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Intake;

/// <summary>What a picture's header may claim, and which formats are taken.</summary>
/// <param name="MaxPixels">Width x height.</param>
/// <param name="MaxSide">Pixels of the longer side.</param>
/// <param name="RefusedFormats">Formats that are switched off.</param>
internal readonly record struct PictureLimits(long MaxPixels, int MaxSide, IList<ImageFormat> RefusedFormats)
{
    /// <summary>Refuses a picture beyond them.</summary>
    /// <exception cref="RefusalException">413: too many pixels, or too long a side; 415: a format that is switched off.</exception>
    public void Check(ImageHeader header)
    {
        if (RefusedFormats.Contains(header.Format))
        {
            throw Refusals.UnsupportedPicture($"{header.Format.Name()} pictures are switched off here. Send another format.");
        }

        if (header.Pixels > MaxPixels)
        {
            throw Refusals.PictureTooLarge(header, $"{header.Pixels} pixels", MaxPixels, nameof(IntakeOptions.MaxPixels));
        }

        if (Math.Max(header.Width, header.Height) is var side && side > MaxSide)
        {
            throw Refusals.PictureTooLarge(header, $"{side} pixels on a side", MaxSide, nameof(IntakeOptions.MaxSide));
        }
    }
}
