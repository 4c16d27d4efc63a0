using System.Buffers.Binary;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>Small TIFFs, uncompressed and in one strip, with whatever a test puts into their directory.</summary>
internal static class TiffPictures
{
    private const int AfterHeader = 8;

    // Instead of a value: the entry is left out.
    private const int Left = -1;

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
    ) => Create(width, height, bits, channels, photometric, samples, [], others);

    /// <summary>A little-endian file of 8-bit RGB, each channel by itself.</summary>
    /// <param name="width">Pixels across, a multiple of 16.</param>
    /// <param name="height">Pixels down, a multiple of 16.</param>
    /// <param name="rgb">The pixels.</param>
    /// <param name="tiles">Whether each channel is a tile, rather than a strip.</param>
    public static byte[] CreatePlanar(int width, int height, byte[] rgb, bool tiles)
    {
        const int channels = 3;
        byte[] planes = [.. Enumerable.Range(0, channels).SelectMany(channel => rgb.Where((_, i) => i % channels == channel))];
        int plane = width * height;
        int[] offsets = [.. Enumerable.Range(0, channels).Select(channel => AfterHeader + (channels * 2) + (channel * plane))];
        int[] lengths = [.. Enumerable.Repeat(plane, channels)];
        return tiles
            ? Create(
                width,
                height,
                8,
                channels,
                photometric: 2,
                planes,
                [(324, 4, offsets), (325, 4, lengths)],
                (284, 2),
                (322, width),
                (323, height),
                (273, Left),
                (278, Left),
                (279, Left)
            )
            : Create(width, height, 8, channels, photometric: 2, planes, [(273, 4, offsets), (279, 4, lengths)], (284, 2));
    }

    /// <summary>A little-endian file of gray as indices into a palette that runs the other way.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="gray">The pixels.</param>
    public static byte[] CreatePalette(int width, int height, byte[] gray)
    {
        int[] colours = [.. Enumerable.Range(0, 3 * 256).Select(static i => (255 - (i % 256)) * 257)];
        return Create(width, height, 8, 1, photometric: 3, [.. gray.Select(static value => (byte)(255 - value))], [(320, 3, colours)]);
    }

    private static byte[] Create(
        int width,
        int height,
        int bits,
        int channels,
        int photometric,
        byte[] samples,
        (int Tag, int Type, int[] Values)[] tables,
        params (int Tag, int Value)[] others
    )
    {
        int strip = AfterHeader + (channels * 2);
        var entries = new SortedDictionary<int, (int Type, int Count, int Value)>
        {
            [256] = (3, 1, width),
            [257] = (3, 1, height),
            [258] = channels > 2 ? (3, channels, AfterHeader) : (3, 1, bits),
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
            if (value == Left)
            {
                entries.Remove(tag);
            }
        }

        foreach (var (tag, type, values) in tables)
        {
            entries[tag] = (type, values.Length, strip + samples.Length);
            samples =
            [
                .. samples,
                .. values.SelectMany(value => BitConverter.GetBytes(value).Take(type == 3 ? sizeof(ushort) : sizeof(uint))),
            ];
        }

        byte[] file = new byte[strip + samples.Length + 2 + (entries.Count * 12) + 4];
        "II*\0"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), strip + samples.Length);
        for (int channel = 0; channel < channels; channel++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(AfterHeader + (channel * 2)), (short)bits);
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
