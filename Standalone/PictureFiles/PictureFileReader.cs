using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Standalone.PictureFiles;

/// <summary>Reads a picture's bytes. If the file can't be a picture, it reads no more than it needs to find out.</summary>
internal static class PictureFileReader
{
    /// <exception cref="ImageException">There are more bytes than allowed.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, ImageLimits limits, CancellationToken cancellationToken)
    {
        long length = stream.CanSeek ? stream.Length : 0;
        if (length > limits.MaxBytes)
        {
            throw TooLarge(limits);
        }

        using var bytes = new MemoryStream((int)length);
        byte[] buffer = new byte[81920];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0; )
        {
            if (bytes.Length + read > limits.MaxBytes)
            {
                throw TooLarge(limits);
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private static ImageException TooLarge(ImageLimits limits) =>
        new(
            ImageFault.TooLarge,
            string.Create(CultureInfo.InvariantCulture, $"The file has more than the {limits.MaxBytes:N0} bytes allowed.")
        );
}
