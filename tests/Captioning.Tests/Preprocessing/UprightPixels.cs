using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>A whole picture of RGB bytes, turned upright pixel by pixel, following the words of the Exif standard.</summary>
internal sealed record UprightPixels(int Width, int Height, byte[] Rgb)
{
    public static UprightPixels Of(PictureDecoder decoder, int stripRows)
    {
        byte[] stored = new byte[decoder.Width * decoder.Height * 3];
        for (int row = 0; row < decoder.Height; row += stripRows)
        {
            decoder.ReadRows(row, Math.Min(stripRows, decoder.Height - row)).CopyTo(stored.AsSpan(row * decoder.Width * 3));
        }

        return Of(stored, decoder.Width, decoder.Height, decoder.Orientation);
    }

    public static UprightPixels Of(byte[] stored, int storedWidth, int storedHeight, ImageOrientation orientation)
    {
        var (width, height) = (int)orientation >= 5 ? (storedHeight, storedWidth) : (storedWidth, storedHeight);
        byte[] upright = new byte[stored.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                // From "row 0 is the right side, column 0 the top" follow the stored row and column of the upright pixel.
                var (row, column) = (int)orientation switch
                {
                    1 => (y, x),
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (width - 1 - x, y),
                    7 => (width - 1 - x, height - 1 - y),
                    _ => (x, height - 1 - y),
                };
                stored.AsSpan(((row * storedWidth) + column) * 3, 3).CopyTo(upright.AsSpan(((y * width) + x) * 3));
            }
        }

        return new UprightPixels(width, height, upright);
    }
}
