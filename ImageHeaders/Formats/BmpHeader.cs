using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>BMP: the size from the 12-byte OS/2 header or from a Windows header of 40 bytes or more.</summary>
internal static class BmpHeader
{
    public static ImageHeaderResult Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < 26)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Bmp, 26);
        }

        uint headerSize = BinaryPrimitives.ReadUInt32LittleEndian(start[14..]);
        if (headerSize == 12)
        {
            return ImageHeader.From(
                ImageFormat.Bmp,
                BinaryPrimitives.ReadUInt16LittleEndian(start[18..]),
                BinaryPrimitives.ReadUInt16LittleEndian(start[20..]),
                ImageOrientation.Upright
            );
        }

        // A negative height means that the rows are stored top down.
        return headerSize is >= 40 and <= 1024
            ? ImageHeader.From(
                ImageFormat.Bmp,
                BinaryPrimitives.ReadInt32LittleEndian(start[18..]),
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(start[22..])),
                ImageOrientation.Upright
            )
            : ImageHeaderResult.Damaged(ImageFormat.Bmp, "its header has a size that no version of BMP has");
    }
}
