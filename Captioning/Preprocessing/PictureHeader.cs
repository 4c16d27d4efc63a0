using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>What can be refused before decoding, from the header alone.</summary>
internal static class PictureHeader
{
    /// <summary>Reads and checks the header of a whole file.</summary>
    /// <exception cref="ImageException">
    /// The bytes are not a supported picture, its header is damaged, or it exceeds a limit.
    /// </exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        if (file.IsEmpty)
        {
            throw new ImageException(ImageFault.Empty, "The picture is empty: it has no bytes.");
        }

        if (file.Length > limits.MaxBytes)
        {
            throw TooLarge($"The picture's file has {file.Length:N0} bytes; at most {limits.MaxBytes:N0} are allowed.");
        }

        var result = ImageHeaderReader.Read(file, isComplete: true);
        switch (result.Status)
        {
            case ImageHeaderStatus.Found:
                break;

            case ImageHeaderStatus.Unsupported:
                throw new ImageException(
                    ImageFault.UnsupportedFormat,
                    $"This is not a picture that can be read: it looks like {result.Reason}. {ImageFormatNames.List} are supported."
                );

            default:
                throw new ImageException(ImageFault.Corrupt, $"The {result.Format?.Name()} picture is damaged: {result.Reason}.");
        }

        var header = result.Header;
        if (limits.RefusedFormats.Contains(header.Format))
        {
            throw new ImageException(
                ImageFault.UnsupportedFormat,
                $"{header.Format.Name()} pictures are switched off here. Send another format."
            );
        }

        if (Math.Max(header.Width, header.Height) > limits.MaxSide)
        {
            throw TooLarge(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The picture is {header.Width:N0} x {header.Height:N0} pixels; at most {limits.MaxSide:N0} per "
                        + $"side{Named(limits.SideSetting)}. Scale it down."
                )
            );
        }

        return header.Pixels > limits.MaxPixels
            ? throw TooLarge(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The picture is {header.Width:N0} x {header.Height:N0} = {header.Pixels:N0} pixels; at most "
                        + $"{limits.MaxPixels:N0}{Named(limits.PixelsSetting)}. Scale it down."
                )
            )
            : header;
    }

    private static string Named(string? setting) => setting is null ? "" : $" ({setting})";

    private static ImageException TooLarge(string message) => new(ImageFault.TooLarge, message);
}
