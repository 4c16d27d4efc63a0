using System.Buffers.Binary;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// Where a GIF's first frame is on its canvas, and the colour of its transparent pixels and of the canvas around it. Dropping
/// alpha shows a palette entry, which decoders to RGB and RGBA do not keep.
/// </summary>
/// <param name="Left">First column covered.</param>
/// <param name="Top">First row covered.</param>
/// <param name="Right">First column no longer covered.</param>
/// <param name="Bottom">First row no longer covered.</param>
/// <param name="Key">
/// The palette's entry at the transparent index, or at 0 if there is none; black if there is no such entry.
/// </param>
internal readonly record struct GifFirstFrame(int Left, int Top, int Right, int Bottom, (byte R, byte G, byte B) Key)
{
    /// <summary>A frame that covers any canvas.</summary>
    public static GifFirstFrame Everywhere { get; } = new(0, 0, int.MaxValue, int.MaxValue, default);

    /// <summary>Reads the blocks up to the first frame. The header reader has checked that it is there.</summary>
    public static GifFirstFrame Read(ReadOnlySpan<byte> file)
    {
        int globalSize = TableSize(file[10]);
        var palette = file.Slice(13, Math.Min(globalSize, file.Length - 13));
        int at = 13 + globalSize;
        int index = 0;
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

        if (at + 10 > file.Length || file[at] != 0x2C)
        {
            return Everywhere;
        }

        if (TableSize(file[at + 9]) is var localSize and > 0)
        {
            palette = file.Slice(at + 10, Math.Min(localSize, file.Length - at - 10));
        }

        ushort left = BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 1)..]);
        ushort top = BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 3)..]);
        return new GifFirstFrame(
            left,
            top,
            left + BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 5)..]),
            top + BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 7)..]),
            (index * 3) + 2 < palette.Length ? (palette[index * 3], palette[(index * 3) + 1], palette[(index * 3) + 2]) : default
        );
    }

    /// <summary>True if none of the canvas shows around the frame.</summary>
    public bool Covers(int width, int height) => Left == 0 && Top == 0 && Right >= width && Bottom >= height;

    private static int TableSize(byte flags) => (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;
}
