using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// PNG: size from IHDR, orientation from eXIf or XMP. Both may also follow the pixels. They are looked for there only in a
/// complete file, so that a gateway need not wait for the last byte. A rotation found late swaps the sides but does not change
/// the number of pixels.
/// </summary>
internal static class PngHeader
{
    private const int FirstChunk = 8;
    private const int SizeEnd = 24;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start, bool isComplete)
    {
        if (start.Length < SizeEnd)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Png, SizeEnd);
        }

        if (!start[12..16].SequenceEqual("IHDR"u8))
        {
            return ImageHeaderResult.Damaged(ImageFormat.Png, "its first chunk is not IHDR");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(start[16..]);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(start[20..]);
        var orientations = default(Orientations);
        bool hasPixels = false;
        long at = FirstChunk;
        for (int step = 0; step < Bytes.MaxSteps; step++)
        {
            if (at + 8 > start.Length)
            {
                return hasPixels || isComplete
                    ? ImageHeader.From(ImageFormat.Png, width, height, orientations.Value)
                    : ImageHeaderResult.NeedMore(ImageFormat.Png, at + 8);
            }

            long length = BinaryPrimitives.ReadUInt32BigEndian(start[(int)at..]);
            var type = start.Slice((int)at + 4, 4);
            long end = at + 8 + length;
            if (type.SequenceEqual("IEND"u8) || (type.SequenceEqual("IDAT"u8) && !isComplete))
            {
                return ImageHeader.From(ImageFormat.Png, width, height, orientations.Value);
            }

            hasPixels |= type.SequenceEqual("IDAT"u8);
            bool isExif = type.SequenceEqual("eXIf"u8);
            if (isExif || type.SequenceEqual("iTXt"u8))
            {
                if (end > start.Length)
                {
                    return isComplete
                        ? ImageHeader.From(ImageFormat.Png, width, height, orientations.Value)
                        : ImageHeaderResult.NeedMore(ImageFormat.Png, end + 12);
                }

                var data = start[((int)at + 8)..(int)end];
                if (isExif)
                {
                    orientations.AddExif(data);
                }
                else if (data.StartsWith("XML:com.adobe.xmp\0"u8))
                {
                    orientations.AddXmp(data);
                }
            }

            at = end + 4;
        }

        // After this many chunks without pixels, or with pixels in tiny pieces, the size is known anyway.
        return ImageHeader.From(ImageFormat.Png, width, height, orientations.Value);
    }
}
