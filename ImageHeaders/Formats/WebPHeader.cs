using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// WebP: size from VP8, VP8L or VP8X; orientation from the EXIF or XMP chunk. These follow the pixels, so they are waited for
/// only if VP8X announces them.
/// </summary>
internal static class WebPHeader
{
    private const int ExifFlag = 0x08;
    private const int XmpFlag = 0x04;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start, bool isComplete)
    {
        if (start.Length < 30)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.WebP, 30);
        }

        var chunk = start[12..16];
        if (chunk.SequenceEqual("VP8 "u8))
        {
            return start[23..26].SequenceEqual((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])
                ? ImageHeader.From(
                    ImageFormat.WebP,
                    BinaryPrimitives.ReadUInt16LittleEndian(start[26..]) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(start[28..]) & 0x3FFF,
                    ImageOrientation.Upright
                )
                : ImageHeaderResult.Damaged(ImageFormat.WebP, "its VP8 frame has no start code");
        }

        if (chunk.SequenceEqual("VP8L"u8))
        {
            uint sizes = BinaryPrimitives.ReadUInt32LittleEndian(start[21..]);
            return start[20] == 0x2F
                ? ImageHeader.From(ImageFormat.WebP, (sizes & 0x3FFF) + 1, ((sizes >> 14) & 0x3FFF) + 1, ImageOrientation.Upright)
                : ImageHeaderResult.Damaged(ImageFormat.WebP, "its lossless frame has no signature");
        }

        return chunk.SequenceEqual("VP8X"u8)
            ? ReadExtended(start, isComplete)
            : ImageHeaderResult.Damaged(ImageFormat.WebP, "its first chunk is none that WebP knows");
    }

    private static ImageHeaderResult ReadExtended(ReadOnlySpan<byte> start, bool isComplete)
    {
        byte flags = start[20];
        long width = (BinaryPrimitives.ReadUInt32LittleEndian(start[24..]) & 0xFF_FFFF) + 1;
        long height = (BinaryPrimitives.ReadUInt32LittleEndian(start[26..]) >> 8) + 1;
        var orientations = default(Orientations);
        int awaited = flags & (ExifFlag | XmpFlag);
        long at = 20L + BinaryPrimitives.ReadUInt32LittleEndian(start[16..]);
        at += at & 1;
        for (int step = 0; awaited != 0 && step < Bytes.MaxSteps; step++)
        {
            if (at + 8 > start.Length)
            {
                if (!isComplete)
                {
                    return ImageHeaderResult.NeedMore(ImageFormat.WebP, at + 8);
                }

                break;
            }

            var type = start.Slice((int)at, 4);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(start[((int)at + 4)..]);
            long end = at + 8 + length;
            int flag =
                type.SequenceEqual("EXIF"u8) ? ExifFlag
                : type.SequenceEqual("XMP "u8) ? XmpFlag
                : 0;
            if ((awaited & flag) != 0)
            {
                if (end > start.Length)
                {
                    if (!isComplete)
                    {
                        return ImageHeaderResult.NeedMore(ImageFormat.WebP, end);
                    }

                    break;
                }

                var data = start[((int)at + 8)..(int)end];
                if (flag == ExifFlag)
                {
                    orientations.AddExif(data);
                }
                else
                {
                    orientations.AddXmp(data);
                }

                awaited &= ~flag;
            }

            at = end + (length & 1);
        }

        return ImageHeader.From(ImageFormat.WebP, width, height, orientations.Value);
    }
}
