namespace ImageToText.ImageHeaders.Formats;

/// <summary>JPEG XL: size and orientation from the first bits of its codestream. Source: ISO/IEC 18181-1, annexes A and D.</summary>
internal static class JpegXlHeader
{
    private const int HeaderBytes = 16;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start)
    {
        if (start[0] == 0xFF)
        {
            return ReadCodestream(start, 0);
        }

        var boxes = new IsoBoxes(start);
        while (boxes.MoveNext())
        {
            // A codestream in parts has a number before each.
            if (boxes.Type.SequenceEqual("jxlc"u8) || boxes.Type.SequenceEqual("jxlp"u8))
            {
                return ReadCodestream(start, boxes.ContentStart + (boxes.Type[3] == 'p' ? 4 : 0));
            }
        }

        return boxes.IsCutShort
            ? ImageHeaderResult.NeedMore(ImageFormat.JpegXl, boxes.Needed)
            : ImageHeaderResult.Damaged(ImageFormat.JpegXl, "it has no codestream");
    }

    private static ImageHeaderResult ReadCodestream(ReadOnlySpan<byte> start, long at)
    {
        if (at + HeaderBytes > start.Length)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.JpegXl, at + HeaderBytes);
        }

        var stream = start.Slice((int)at, HeaderBytes);
        if (!stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]))
        {
            return ImageHeaderResult.Damaged(ImageFormat.JpegXl, "its codestream has no signature");
        }

        int bit = 16;
        bool isSmall = Take(stream, ref bit, 1) == 1;
        long height = Side(stream, ref bit, isSmall);
        long width = Take(stream, ref bit, 3) switch
        {
            0 => Side(stream, ref bit, isSmall),
            1 => height,
            2 => height * 12 / 10,
            3 => height * 4 / 3,
            4 => height * 3 / 2,
            5 => height * 16 / 9,
            6 => height * 5 / 4,
            _ => height * 2,
        };
        bool isDefault = Take(stream, ref bit, 1) == 1;
        bool hasMore = !isDefault && Take(stream, ref bit, 1) == 1;
        int orientation = hasMore ? (int)Take(stream, ref bit, 3) + 1 : 1;
        return ImageHeader.From(ImageFormat.JpegXl, width, height, (ImageOrientation)orientation);
    }

    private static long Side(ReadOnlySpan<byte> stream, ref int bit, bool isSmall)
    {
        if (isSmall)
        {
            return (Take(stream, ref bit, 5) + 1) * 8;
        }

        int bits = Take(stream, ref bit, 2) switch
        {
            0 => 9,
            1 => 13,
            2 => 18,
            _ => 30,
        };
        return Take(stream, ref bit, bits) + 1;
    }

    // The lowest bit of a byte comes first.
    private static long Take(ReadOnlySpan<byte> stream, ref int bit, int count)
    {
        long value = 0;
        for (int i = 0; i < count; i++, bit++)
        {
            value |= (long)((stream[bit >> 3] >> (bit & 7)) & 1) << i;
        }

        return value;
    }
}
