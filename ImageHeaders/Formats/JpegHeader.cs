using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// JPEG: reads markers up to the start of scan. The size is in the frame header, the orientation in the APP1 segments.
/// </summary>
internal static class JpegHeader
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;
    private const byte App1 = 0xE1;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start)
    {
        var orientations = default(Orientations);
        int width = 0;
        int height = 0;
        bool hasFrame = false;
        long at = 2;
        for (int step = 0; step < Bytes.MaxSteps; step++)
        {
            // Segments may be separated by any number of 0xFF bytes and, against the rules, by other bytes.
            if (at >= start.Length)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Jpeg, at + 4);
            }

            int marker = start[(int)at..].IndexOf((byte)0xFF);
            if (marker < 0)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Jpeg, start.Length + 4L);
            }

            at += marker;
            int filling = start[(int)at..].IndexOfAnyExcept((byte)0xFF);
            if (filling < 0)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Jpeg, start.Length + 4L);
            }

            at += filling;
            byte code = start[(int)at];
            at++;
            if (code is 0 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                continue;
            }

            if (code is StartOfScan or EndOfImage)
            {
                return hasFrame
                    ? ImageHeader.From(ImageFormat.Jpeg, width, height, orientations.Value)
                    : ImageHeaderResult.Damaged(ImageFormat.Jpeg, "it has no frame header, so no size");
            }

            if (at + 2 > start.Length)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Jpeg, at + 2);
            }

            ushort length = BinaryPrimitives.ReadUInt16BigEndian(start[(int)at..]);
            if (length < 2)
            {
                return ImageHeaderResult.Damaged(ImageFormat.Jpeg, "a segment's length is less than 2");
            }

            bool isFrame = code is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if ((isFrame || code == App1) && at + length > start.Length)
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Jpeg, at + length + 2);
            }

            if (isFrame && !hasFrame)
            {
                if (length < 8)
                {
                    return ImageHeaderResult.Damaged(ImageFormat.Jpeg, "its frame header is too short");
                }

                height = BinaryPrimitives.ReadUInt16BigEndian(start[(int)(at + 3)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(start[(int)(at + 5)..]);
                hasFrame = true;
            }
            else if (code == App1)
            {
                var segment = start.Slice((int)at + 2, length - 2);
                var xmp = "http://ns.adobe.com/xap/1.0/\0"u8;
                if (segment.StartsWith("Exif\0\0"u8))
                {
                    orientations.AddExif(segment);
                }
                else if (segment.StartsWith(xmp))
                {
                    orientations.AddXmp(segment[xmp.Length..]);
                }
            }

            at += length;
        }

        return ImageHeaderResult.Damaged(ImageFormat.Jpeg, "it has too many segments");
    }
}
