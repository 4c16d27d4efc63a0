using NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Finds the first frame of an animation that shows something: many begin with one of a single colour.</summary>
internal static class BlankFrames
{
    /// <summary>The most frames that are looked through.</summary>
    public const int Most = 100;

    /// <summary>The first frame of more than one colour; 0 if none is.</summary>
    /// <param name="animation">Its frames, one below the other, of 8 bits a channel.</param>
    /// <param name="background">What is seen where they are transparent.</param>
    /// <exception cref="VipsException">A frame can't be decoded.</exception>
    public static int FirstShown(Image animation, Background background)
    {
        using var region = Region.New(animation);
        int height = animation.PageHeight;
        byte[] first = new byte[4];
        for (int row = 0; row < animation.Height; row++)
        {
            byte[] pixels = region.Fetch(0, row, animation.Width, 1);
            bool isBeginning = row % height == 0;
            if (!IsOneColour(pixels, animation.Bands, background, first, isBeginning))
            {
                return row / height;
            }
        }

        return 0;
    }

    // Compared with the frame's first pixel, which the first row of a frame sets.
    private static bool IsOneColour(ReadOnlySpan<byte> pixels, int bands, Background background, byte[] first, bool isBeginning)
    {
        bool hasAlpha = bands is 2 or 4;
        Span<byte> behind = [background.Red, background.Green, background.Blue, 255];
        Span<byte> seen = stackalloc byte[4];
        for (int at = 0; at < pixels.Length; at += bands)
        {
            var pixel = pixels.Slice(at, bands);
            if (hasAlpha && pixel[^1] == 0 && !background.IsDropped)
            {
                behind.CopyTo(seen);
            }
            else
            {
                (seen[0], seen[1], seen[2]) = bands >= 3 ? (pixel[0], pixel[1], pixel[2]) : (pixel[0], pixel[0], pixel[0]);
                seen[3] = hasAlpha && !background.IsDropped ? pixel[^1] : (byte)255;
            }

            if (isBeginning && at == 0)
            {
                seen.CopyTo(first);
            }
            else if (!seen.SequenceEqual(first))
            {
                return false;
            }
        }

        return true;
    }
}
