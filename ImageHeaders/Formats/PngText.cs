using System.Buffers;
using System.IO.Compression;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// What stands in a PNG's text chunks about its orientation: XMP, and Exif as ImageMagick and other tools wrote it before there was a
/// chunk for it, in hexadecimal digits under "Raw profile type exif". Either may be compressed; little of it is inflated.
/// Source: PNG specification 1.2, 4.2.3, and ImageMagick's coders/png.c.
/// </summary>
internal static class PngText
{
    // An orientation stands in the first directory: more of a profile than this is thumbnails.
    private const int MostInflated = 64 * 1024;

    public static bool IsText(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("iTXt"u8) || type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8);

    /// <summary>Whether a text chunk's data is an Exif profile.</summary>
    public static bool IsRawExif(ReadOnlySpan<byte> data) =>
        data.StartsWith("Raw profile type exif\0"u8) || data.StartsWith("Raw profile type APP1\0"u8);

    /// <summary>Takes the XMP of an iTXt chunk.</summary>
    public static void AddXmp(ReadOnlySpan<byte> data, ref Orientations orientations)
    {
        if (Text(data, out bool isCompressed) is var text && !isCompressed)
        {
            orientations.AddXmp(text);
            return;
        }

        byte[] inflated = ArrayPool<byte>.Shared.Rent(MostInflated);
        orientations.AddXmp(inflated.AsSpan(0, Inflate(text, inflated)));
        ArrayPool<byte>.Shared.Return(inflated);
    }

    /// <summary>Takes the Exif profile of a text chunk; nothing where there is none.</summary>
    /// <param name="chunk">The chunk's type and data.</param>
    /// <param name="orientations">Takes it.</param>
    public static void AddRawExif(ReadOnlySpan<byte> chunk, ref Orientations orientations)
    {
        if (chunk.IsEmpty)
        {
            return;
        }

        var data = chunk[4..];
        bool isCompressed = chunk.StartsWith("zTXt"u8);
        // Between keyword and text, zTXt has the method, of which there is one.
        var text = chunk.StartsWith("iTXt"u8)
            ? Text(data, out isCompressed)
            : data[Math.Min(data.IndexOf((byte)0) + (isCompressed ? 2 : 1), data.Length)..];

        byte[] inflated = ArrayPool<byte>.Shared.Rent(MostInflated);
        byte[] exif = ArrayPool<byte>.Shared.Rent(MostInflated / 2);
        if (isCompressed)
        {
            text = inflated.AsSpan(0, Inflate(text, inflated));
        }

        orientations.AddExif(exif.AsSpan(0, FromHexadecimal(text, exif)));
        ArrayPool<byte>.Shared.Return(exif);
        ArrayPool<byte>.Shared.Return(inflated);
    }

    // iTXt: keyword, compression flag and method, language, translated keyword, text.
    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> data, out bool isCompressed)
    {
        isCompressed = false;
        int keyword = data.IndexOf((byte)0);
        if (keyword < 0 || keyword + 3 > data.Length)
        {
            return [];
        }

        isCompressed = data[keyword + 1] == 1;
        var rest = data[(keyword + 3)..];
        for (int i = 0; i < 2; i++)
        {
            int end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                return [];
            }

            rest = rest[(end + 1)..];
        }

        return rest;
    }

    private static int Inflate(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        byte[] compressed = ArrayPool<byte>.Shared.Rent(MostInflated);
        data = data[..Math.Min(data.Length, MostInflated)];
        data.CopyTo(compressed);
        using var inflating = new ZLibStream(new MemoryStream(compressed, 0, data.Length), CompressionMode.Decompress);
        int length = 0;
        try
        {
            for (int read; length < destination.Length && (read = inflating.Read(destination[length..])) > 0; length += read) { }
        }
        catch (InvalidDataException)
        {
            // What was inflated until here may hold the orientation all the same.
        }

        ArrayPool<byte>.Shared.Return(compressed);
        return length;
    }

    // "\nexif\n      62\n4578696600..." with line breaks: the digits follow the third line break.
    private static int FromHexadecimal(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        for (int line = 0; line < 3; line++)
        {
            int end = text.IndexOf((byte)'\n');
            if (end < 0)
            {
                return 0;
            }

            text = text[(end + 1)..];
        }

        int digits = 0;
        foreach (byte character in text)
        {
            int value = character switch
            {
                >= (byte)'0' and <= (byte)'9' => character - '0',
                >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
                _ => -1,
            };
            if (value < 0)
            {
                continue;
            }

            if (digits / 2 == destination.Length)
            {
                break;
            }

            destination[digits / 2] = (byte)((digits % 2 == 0 ? 0 : destination[digits / 2] << 4) | value);
            digits++;
        }

        return digits / 2;
    }
}
