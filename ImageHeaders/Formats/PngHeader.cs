using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// PNG: size from IHDR, orientation from eXIf, from the text chunks that older tools wrote Exif into, or from XMP. All may also follow
/// the pixels: they are looked for there only in a complete file, so that a gateway need not wait for the last byte. A rotation found
/// late swaps the sides but does not change the number of pixels.
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
        ReadOnlySpan<byte> rawProfile = [];
        bool hasPixels = false;
        long at = FirstChunk;
        // After this many chunks without pixels, or with pixels in tiny pieces, the size is known anyway.
        for (int step = 0; step < Bytes.MaxSteps; step++)
        {
            if (at + 8 > start.Length)
            {
                if (hasPixels || isComplete)
                {
                    break;
                }

                return ImageHeaderResult.NeedMore(ImageFormat.Png, at + 8);
            }

            long length = BinaryPrimitives.ReadUInt32BigEndian(start[(int)at..]);
            var type = start.Slice((int)at + 4, 4);
            long end = at + 8 + length;
            if (type.SequenceEqual("IEND"u8) || (type.SequenceEqual("IDAT"u8) && !isComplete))
            {
                break;
            }

            hasPixels |= type.SequenceEqual("IDAT"u8);
            bool isExif = type.SequenceEqual("eXIf"u8);
            if (isExif || PngText.IsText(type))
            {
                if (end > start.Length)
                {
                    if (isComplete)
                    {
                        break;
                    }

                    return ImageHeaderResult.NeedMore(ImageFormat.Png, end + 12);
                }

                var data = start[((int)at + 8)..(int)end];
                if (isExif)
                {
                    orientations.AddExif(data);
                }
                else if (PngText.IsRawExif(data) && rawProfile.IsEmpty)
                {
                    rawProfile = start[((int)at + 4)..(int)end];
                }
                else if (type.SequenceEqual("iTXt"u8) && data.StartsWith("XML:com.adobe.xmp\0"u8))
                {
                    PngText.AddXmp(data, ref orientations);
                }
            }

            at = end + 4;
        }

        // An eXIf chunk wins over text, wherever the two stand.
        PngText.AddRawExif(rawProfile, ref orientations);
        return ImageHeader.From(ImageFormat.Png, width, height, orientations.Value);
    }
}
