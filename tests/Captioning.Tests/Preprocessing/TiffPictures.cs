using System.Buffers.Binary;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>Small TIFFs, uncompressed and in one strip, with whatever a test puts into their directory.</summary>
internal static class TiffPictures
{
    /// <summary>A little-endian file.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="bits">Bits per channel.</param>
    /// <param name="channels">Channels per pixel.</param>
    /// <param name="photometric">Their meaning: 2 RGB, 5 inks, 6 brightness and colour differences.</param>
    /// <param name="samples">The strip's bytes.</param>
    /// <param name="others">More 16-bit values, or replacements for those above.</param>
    public static byte[] Create(
        int width,
        int height,
        int bits,
        int channels,
        int photometric,
        byte[] samples,
        params (int Tag, int Value)[] others
    )
    {
        const int afterHeader = 8;
        int strip = afterHeader + (channels * 2);
        var entries = new SortedDictionary<int, (int Type, int Count, int Value)>
        {
            [256] = (3, 1, width),
            [257] = (3, 1, height),
            [258] = channels > 2 ? (3, channels, afterHeader) : (3, 1, bits),
            [259] = (3, 1, 1),
            [262] = (3, 1, photometric),
            [273] = (4, 1, strip),
            [277] = (3, 1, channels),
            [278] = (3, 1, height),
            [279] = (4, 1, samples.Length),
        };
        if (photometric == 6)
        {
            // 1 by 1: two 16-bit values in one entry.
            entries[530] = (3, 2, 0x0001_0001);
        }

        foreach (var (tag, value) in others)
        {
            entries[tag] = (3, 1, value);
        }

        byte[] file = new byte[strip + samples.Length + 2 + (entries.Count * 12) + 4];
        "II*\0"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), strip + samples.Length);
        for (int channel = 0; channel < channels; channel++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(afterHeader + (channel * 2)), (short)bits);
        }

        samples.CopyTo(file, strip);
        int at = strip + samples.Length;
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), (short)entries.Count);
        at += 2;
        foreach (var (tag, (type, count, value)) in entries)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), (short)tag);
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at + 2), (short)type);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), count);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), value);
            at += 12;
        }

        return file;
    }
}
