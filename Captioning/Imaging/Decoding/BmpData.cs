using System.Buffers.Binary;
using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Imaging.Decoding;

/// <summary>Whether a BMP's file is long enough for the pixels it claims: asked before memory is taken for them.</summary>
internal static class BmpData
{
    private const int WindowsHeaderEnd = 54;
    private const uint Uncompressed = 0;
    private const uint BitFields = 3;
    private const uint AlphaBitFields = 6;

    /// <exception cref="ImageException">The file ends before its last row.</exception>
    public static void Check(ReadOnlySpan<byte> file, ImageHeader header)
    {
        // The header reader has seen that the shorter of the two headers is there.
        var isOs2 = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12;
        if (!isOs2 && file.Length < WindowsHeaderEnd)
        {
            throw new ImageException(ImageFault.Corrupt, "The BMP picture is damaged: it ends within its header.");
        }

        var depth = BinaryPrimitives.ReadUInt16LittleEndian(file[(isOs2 ? 24 : 28)..]);
        var compression = isOs2 ? Uncompressed : BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        if (compression is not (Uncompressed or BitFields or AlphaBitFields))
        {
            return;
        }

        var rowBytes = (((long)header.StoredWidth * depth) + 31) / 32 * 4;
        var end = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]) + (rowBytes * header.StoredHeight);
        if (end > file.Length)
        {
            throw new ImageException(
                ImageFault.Corrupt,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The BMP picture is damaged: it ends early, its pixels need {end:N0} bytes and the file has {file.Length:N0}."));
        }
    }
}
