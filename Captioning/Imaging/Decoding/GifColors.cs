namespace ImageToText.Captioning.Imaging.Decoding;

/// <summary>
/// The colour behind a GIF's transparent pixels: dropping alpha shows the palette's entry, which decoders to RGBA do
/// not keep.
/// </summary>
internal static class GifColors
{
    /// <summary>The first frame's palette entry at its transparent index; at 0 where it has none. Black where there is no such entry.</summary>
    public static (byte R, byte G, byte B) OfTransparent(ReadOnlySpan<byte> file)
    {
        if (file.Length < 13)
        {
            return default;
        }

        var globalSize = TableSize(file[10]);
        var palette = file.Slice(13, Math.Min(globalSize, file.Length - 13));
        var at = 13 + globalSize;
        var index = 0;
        while (at + 10 <= file.Length && file[at] == 0x21)
        {
            if (file[at + 1] == 0xF9 && file[at + 2] >= 4)
            {
                index = (file[at + 3] & 1) != 0 ? file[at + 6] : 0;
            }

            at += 2;
            while (at < file.Length && file[at] != 0)
            {
                at += file[at] + 1;
            }

            at++;
        }

        if (at + 10 <= file.Length && file[at] == 0x2C && TableSize(file[at + 9]) is var localSize and > 0)
        {
            palette = file.Slice(at + 10, Math.Min(localSize, file.Length - at - 10));
        }

        return (index * 3) + 2 < palette.Length
            ? (palette[index * 3], palette[(index * 3) + 1], palette[(index * 3) + 2])
            : default;
    }

    private static int TableSize(byte flags) => (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;
}
