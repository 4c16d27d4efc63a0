using System.Buffers.Binary;
using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// Tells whether a file that could not be decoded simply ends too soon, if its container shows that. Decoders don't say.
/// </summary>
internal static class EarlyEnd
{
    /// <summary>In words, or null if the file is complete or its container does not show its length.</summary>
    public static string? Of(ReadOnlySpan<byte> file, ImageFormat format)
    {
        long needed = format switch
        {
            ImageFormat.Png => EndOfPng(file),
            ImageFormat.WebP => 8 + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]),
            _ => 0,
        };
        return needed > file.Length
            ? string.Create(CultureInfo.InvariantCulture, $"it ends early, after {file.Length:N0} of at least {needed:N0} bytes")
            : null;
    }

    /// <summary>Where the last chunk ends, or at least the one in which the file ends.</summary>
    private static long EndOfPng(ReadOnlySpan<byte> file)
    {
        long at = 8;
        while (at <= file.Length - 12)
        {
            bool isLast = file.Slice((int)at + 4, 4).SequenceEqual("IEND"u8);
            at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
            if (isLast)
            {
                return at;
            }
        }

        // A chunk that reaches beyond the file, or no room for the closing chunk of 12 bytes.
        return at > file.Length ? at : at + 12;
    }
}
