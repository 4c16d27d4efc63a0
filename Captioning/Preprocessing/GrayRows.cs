namespace ImageToText.Captioning.Preprocessing;

/// <summary>Turns colours into shades of gray, like Pillow's <c>convert("L").convert("RGB")</c>.</summary>
internal static class GrayRows
{
    /// <summary>Writes the shades of RGB pixels, three equal bytes each.</summary>
    public static void Convert(ReadOnlySpan<byte> rgb, Span<byte> gray)
    {
        for (int i = 0; i + 2 < rgb.Length; i += 3)
        {
            // ITU-R 601 in 16 bits of fixed point, rounded.
            byte shade = (byte)(((rgb[i] * 19595) + (rgb[i + 1] * 38470) + (rgb[i + 2] * 7471) + 0x8000) >> 16);
            gray.Slice(i, 3).Fill(shade);
        }
    }
}
