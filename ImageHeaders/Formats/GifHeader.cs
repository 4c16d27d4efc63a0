using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>GIF: the size of the canvas, enlarged if the first frame reaches beyond it.</summary>
internal static class GifHeader
{
    private const byte ImageSeparator = 0x2C;
    private const byte ExtensionIntroducer = 0x21;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < 13)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Gif, 13);
        }

        int width = BinaryPrimitives.ReadUInt16LittleEndian(start[6..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        byte flags = start[10];
        int at = 13 + ((flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0);
        for (int step = 0; step < Bytes.MaxSteps; step++)
        {
            if (at >= start.Length)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Gif, at + 10L);
            }

            switch (start[at])
            {
                case ImageSeparator when at + 9 > start.Length:
                    return ImageHeaderResult.NeedMore(ImageFormat.Gif, at + 9L);

                case ImageSeparator:
                    int right =
                        BinaryPrimitives.ReadUInt16LittleEndian(start[(at + 1)..])
                        + BinaryPrimitives.ReadUInt16LittleEndian(start[(at + 5)..]);
                    int bottom =
                        BinaryPrimitives.ReadUInt16LittleEndian(start[(at + 3)..])
                        + BinaryPrimitives.ReadUInt16LittleEndian(start[(at + 7)..]);
                    return ImageHeader.From(ImageFormat.Gif, Math.Max(width, right), Math.Max(height, bottom), ImageOrientation.Upright);

                case ExtensionIntroducer:
                    // Introducer and label come first, then blocks that each begin with their length. An empty block ends them.
                    at += 2;
                    while (at < start.Length && start[at] != 0 && step++ < Bytes.MaxSteps)
                    {
                        at += start[at] + 1;
                    }

                    at++;
                    break;

                default:
                    return ImageHeaderResult.Damaged(ImageFormat.Gif, "it has no frame");
            }
        }

        return ImageHeaderResult.Damaged(ImageFormat.Gif, "it has too many blocks before its first frame");
    }
}
