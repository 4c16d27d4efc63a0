using System.Buffers.Binary;
using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>What a BMP's header says about its pixels besides their number.</summary>
internal static class BmpData
{
    private const int WindowsHeaderEnd = 54;
    private const uint Uncompressed = 0;
    private const uint BitFields = 3;
    private const uint AlphaBitFields = 6;

    /// <summary>Checks whether the file is long enough for the pixels it claims, before memory is taken for them.</summary>
    /// <exception cref="ImageException">The file ends before its last row.</exception>
    public static void Check(ReadOnlySpan<byte> file, ImageHeader header)
    {
        // The header reader has checked that the shorter of the two headers is there.
        bool isOs2 = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12;
        if (!isOs2 && file.Length < WindowsHeaderEnd)
        {
            throw new ImageException(ImageFault.Corrupt, "The BMP picture is damaged: it ends within its header.");
        }

        ushort depth = BinaryPrimitives.ReadUInt16LittleEndian(file[(isOs2 ? 24 : 28)..]);
        uint compression = isOs2 ? Uncompressed : BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        if (compression is not (Uncompressed or BitFields or AlphaBitFields))
        {
            return;
        }

        long rowBytes = (((long)header.StoredWidth * depth) + 31) / 32 * 4;
        long end = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]) + (rowBytes * header.StoredHeight);
        if (end > file.Length)
        {
            throw new ImageException(
                ImageFault.Corrupt,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The BMP picture is damaged: it ends early, its pixels need {end:N0} bytes and the file has {file.Length:N0}."
                )
            );
        }
    }

    /// <summary>
    /// Bits of green if a pixel has 16 bits, 5 each for red and blue; otherwise 0. Call <see cref="Check"/> first.
    /// </summary>
    public static int GreenBitsOf16(ReadOnlySpan<byte> file)
    {
        const uint Green6Mask = 0x07E0;
        bool isOs2 = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12;
        if (BinaryPrimitives.ReadUInt16LittleEndian(file[(isOs2 ? 24 : 28)..]) != 16)
        {
            return 0;
        }

        bool hasMasks = !isOs2 && BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) is BitFields or AlphaBitFields;
        return
            hasMasks
            && file.Length >= WindowsHeaderEnd + 8
            && BinaryPrimitives.ReadUInt32LittleEndian(file[(WindowsHeaderEnd + 4)..]) == Green6Mask
            ? 6
            : 5;
    }
}
