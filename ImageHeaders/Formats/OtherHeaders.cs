using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>Sizes of the formats whose headers are short: PSD, ICO, TGA, PNM, JPEG 2000.</summary>
internal static class OtherHeaders
{
    private const int MostPnmHeader = 4096;

    /// <summary>PSD and PSB: a fixed header. Source: Adobe Photoshop File Formats Specification.</summary>
    public static ImageHeaderResult ReadPsd(ReadOnlySpan<byte> start) =>
        start.Length < 26
            ? ImageHeaderResult.NeedMore(ImageFormat.Psd, 26)
            : ImageHeader.From(
                ImageFormat.Psd,
                BinaryPrimitives.ReadUInt32BigEndian(start[18..]),
                BinaryPrimitives.ReadUInt32BigEndian(start[14..]),
                ImageOrientation.Upright
            );

    /// <summary>TGA: a fixed header. Source: Truevision TGA File Format Specification 2.0.</summary>
    public static ImageHeaderResult ReadTga(ReadOnlySpan<byte> start) =>
        ImageHeader.From(
            ImageFormat.Tga,
            BinaryPrimitives.ReadUInt16LittleEndian(start[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(start[14..]),
            ImageOrientation.Upright
        );

    /// <summary>ICO: the largest of its pictures.</summary>
    public static ImageHeaderResult ReadIco(ReadOnlySpan<byte> start)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(start[4..]);
        int end = 6 + (count * 16);
        if (start.Length < end)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Ico, end);
        }

        var (width, height) = IconAt(start, LargestIcon(start));
        return ImageHeader.From(ImageFormat.Ico, width, height, ImageOrientation.Upright);
    }

    /// <summary>The index of an icon's largest picture; its directory must be there.</summary>
    public static int LargestIcon(ReadOnlySpan<byte> start)
    {
        int largest = 0;
        int most = 0;
        int count = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(start[4..]), (start.Length - 6) / 16);
        for (int i = 0; i < count; i++)
        {
            var (width, height) = IconAt(start, i);
            if (width * height > most)
            {
                (largest, most) = (i, width * height);
            }
        }

        return largest;
    }

    /// <summary>PBM, PGM and PPM: numbers as text, with comments between. Source: the Netpbm formats.</summary>
    public static ImageHeaderResult ReadPnm(ReadOnlySpan<byte> start)
    {
        int at = 2;
        return TryNumber(start, ref at, out long width) && TryNumber(start, ref at, out long height)
                ? ImageHeader.From(ImageFormat.Pnm, width, height, ImageOrientation.Upright)
            : at >= start.Length && start.Length < MostPnmHeader ? ImageHeaderResult.NeedMore(ImageFormat.Pnm, start.Length + 16)
            : ImageHeaderResult.Damaged(ImageFormat.Pnm, "its header holds no size");
    }

    /// <summary>JPEG 2000: the first marker of its codestream (SIZ), in a box or alone. Source: ITU-T T.800, A.5.1 and I.5.</summary>
    public static ImageHeaderResult ReadJpeg2000(ReadOnlySpan<byte> start)
    {
        if (start[0] == 0xFF)
        {
            return ReadSiz(start, 0);
        }

        var boxes = new IsoBoxes(start);
        while (boxes.MoveNext())
        {
            if (boxes.Type.SequenceEqual("jp2c"u8))
            {
                return ReadSiz(start, boxes.ContentStart);
            }
        }

        return boxes.IsCutShort
            ? ImageHeaderResult.NeedMore(ImageFormat.Jpeg2000, boxes.Needed)
            : ImageHeaderResult.Damaged(ImageFormat.Jpeg2000, "it has no codestream");
    }

    private static ImageHeaderResult ReadSiz(ReadOnlySpan<byte> start, long at)
    {
        const int toEnd = 24;
        if (at + toEnd > start.Length)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Jpeg2000, at + toEnd);
        }

        var siz = start[(int)at..];
        return siz.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51])
            ? ImageHeader.From(
                ImageFormat.Jpeg2000,
                (long)BinaryPrimitives.ReadUInt32BigEndian(siz[8..]) - BinaryPrimitives.ReadUInt32BigEndian(siz[16..]),
                (long)BinaryPrimitives.ReadUInt32BigEndian(siz[12..]) - BinaryPrimitives.ReadUInt32BigEndian(siz[20..]),
                ImageOrientation.Upright
            )
            : ImageHeaderResult.Damaged(ImageFormat.Jpeg2000, "its codestream does not begin with a size");
    }

    // A side of 256 is written as 0.
    private static (int Width, int Height) IconAt(ReadOnlySpan<byte> start, int index)
    {
        var entry = start.Slice(6 + (index * 16), 2);
        return (entry[0] == 0 ? 256 : entry[0], entry[1] == 0 ? 256 : entry[1]);
    }

    // False at anything but a number, or where the bytes end: then the position is the end.
    private static bool TryNumber(ReadOnlySpan<byte> start, ref int at, out long number)
    {
        number = 0;
        while (at < start.Length && (start[at] <= 32 || start[at] == '#'))
        {
            if (start[at] == '#')
            {
                int line = start[at..].IndexOfAny((byte)10, (byte)13);
                at = line < 0 ? start.Length : at + line;
            }
            else
            {
                at++;
            }
        }

        int first = at;
        while (at < start.Length && char.IsAsciiDigit((char)start[at]) && at - first < 10)
        {
            number = (number * 10) + (start[at] - '0');
            at++;
        }

        return at > first && at < start.Length;
    }
}
