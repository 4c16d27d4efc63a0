using System.Buffers.Binary;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Where one line of a file is, and whether it can be run.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes, without the line's end.</param>
/// <param name="Number">Its number in the file, from 1, with empty lines counted.</param>
/// <param name="Fault">Why it can't be run.</param>
internal readonly record struct LinePlace(long Offset, int Length, int Number, LineFault Fault)
{
    /// <summary>Reads the line out of its file.</summary>
    public async Task<byte[]> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        byte[] line = new byte[Length];
        await ReadAsync(file, line, cancellationToken);
        return line;
    }

    /// <summary>Reads the line out of its file, into the beginning of a buffer.</summary>
    public ValueTask ReadAsync(Stream file, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        file.Position = Offset;
        return file.ReadExactlyAsync(buffer[..Length], cancellationToken);
    }
}

/// <summary>The places of a file's lines, in a file beside it, so that any of them can be read without the others.</summary>
internal static class LineIndex
{
    private const int EntryBytes = 17;

    /// <summary>Adds an entry.</summary>
    public static void Write(Stream index, LinePlace place)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt64LittleEndian(entry, place.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], place.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[12..], place.Number);
        entry[16] = (byte)place.Fault;
        index.Write(entry);
    }

    /// <summary>Reads the entries from <paramref name="first"/> on, at most <paramref name="count"/>.</summary>
    public static async Task<LinePlace[]> ReadAsync(Stream index, int first, int count, CancellationToken cancellationToken)
    {
        index.Position = (long)first * EntryBytes;
        byte[] entries = new byte[Math.Max(0, Math.Min((long)count * EntryBytes, index.Length - index.Position))];
        int read = await index.ReadAtLeastAsync(entries, entries.Length, throwOnEndOfStream: false, cancellationToken);
        var places = new LinePlace[read / EntryBytes];
        for (int i = 0; i < places.Length; i++)
        {
            var entry = entries.AsSpan(i * EntryBytes, EntryBytes);
            places[i] = new LinePlace(
                BinaryPrimitives.ReadInt64LittleEndian(entry),
                BinaryPrimitives.ReadInt32LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[12..]),
                (LineFault)entry[16]
            );
        }

        return places;
    }
}
