using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageToText.Captioning.Weights.Torch;

/// <summary>An entry of a PyTorch file.</summary>
/// <param name="Offset">First byte of its content in the file.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct TorchArchiveEntry(long Offset, long Length);

/// <summary>
/// The table of contents of a zip whose entries are stored uncompressed, as PyTorch writes it. Everything that it claims is
/// checked against the file, so that no two entries share bytes.
/// </summary>
internal sealed class TorchArchive
{
    private const uint EndSignature = 0x06054b50;
    private const uint LargeEndSignature = 0x06064b50;
    private const uint LargeLocatorSignature = 0x07064b50;
    private const uint DirectorySignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndBytes = 22;
    private const int LargeEndBytes = 56;
    private const int LargeLocatorBytes = 20;
    private const int DirectoryBytes = 46;
    private const int LocalBytes = 30;
    private const ushort LargeFields = 0x0001;

    // A directory entry of 46 bytes and a name becomes an object a few times as large, so the table stays small beside the file.
    private const int DirectoryShare = 16;
    private const int FreeDirectoryBytes = 64 * 1024;
    private const int MaxDirectoryBytes = 64 * 1024 * 1024;
    private const int MaxNameBytes = 1024;

    private readonly SafeFileHandle _file;
    private readonly string _name;
    private readonly long _length;

    private TorchArchive(SafeFileHandle file, string name)
    {
        _file = file;
        _name = name;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>Reads the entries by name.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="name">Its name for error messages.</param>
    /// <exception cref="ModelFormatException">It is damaged, or its entries are compressed.</exception>
    public static Dictionary<string, TorchArchiveEntry> Read(SafeFileHandle file, string name) =>
        new TorchArchive(file, name).ReadEntries();

    private Dictionary<string, TorchArchiveEntry> ReadEntries()
    {
        var (count, start, length) = FindDirectory();
        if (length > Math.Min(_length / DirectoryShare, MaxDirectoryBytes) + FreeDirectoryBytes || count > length / DirectoryBytes)
        {
            throw Damaged($"it declares {count} entries in a directory of {length} bytes");
        }

        byte[] directory = Read(start, (int)length);
        var entries = new Dictionary<string, TorchArchiveEntry>((int)count, StringComparer.Ordinal);
        var stretches = new List<(long Start, long End, string Name)>((int)count);
        var rest = directory.AsSpan();
        for (long i = 0L; i < count; i++)
        {
            var (entryName, header, size) = ReadDirectoryEntry(ref rest);
            long content = FindContent(entryName, header, size, start);
            if (!entries.TryAdd(entryName, new TorchArchiveEntry(content, size)))
            {
                throw Damaged($"two entries have the name {entryName}");
            }

            stretches.Add((header, content + size, entryName));
        }

        if (!rest.IsEmpty)
        {
            throw Damaged("its directory is longer than its entries");
        }

        RefuseOverlaps(stretches);
        return entries;
    }

    private (long Count, long Start, long Length) FindDirectory()
    {
        byte[] end = _length >= EndBytes ? Read(_length - EndBytes, EndBytes) : [];
        if (end.Length == 0 || Int32(end, 0) != EndSignature || Int16(end, 20) != 0)
        {
            throw Damaged("the end with its directory is missing: it is truncated, or something was added to it. Download it again");
        }

        long endStart = _length - EndBytes;
        long count = Int16(end, 10);
        long length = Int32(end, 12);
        long start = Int32(end, 16);
        if (Int16(end, 4) != 0 || Int16(end, 6) != 0 || Int16(end, 8) != count)
        {
            throw Damaged("it is one part of several");
        }

        bool isLarge = count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue;
        if (
            endStart >= LargeLocatorBytes + LargeEndBytes
            && Read(endStart - LargeLocatorBytes, LargeLocatorBytes) is var locator
            && Int32(locator, 0) == LargeLocatorSignature
        )
        {
            // Torch always writes the record for large files right before this one.
            endStart -= LargeLocatorBytes + LargeEndBytes;
            byte[] large = Read(endStart, LargeEndBytes);
            if (Int64(locator, 8) != endStart || Int32(large, 0) != LargeEndSignature || Int64(large, 4) != LargeEndBytes - 12)
            {
                throw Damaged("its directory for large files is not where it should be");
            }

            var (largeCount, largeLength, largeStart) = (Int64(large, 32), Int64(large, 40), Int64(large, 48));
            if (
                Int64(large, 24) != largeCount
                || (count != ushort.MaxValue && count != largeCount)
                || (length != uint.MaxValue && length != largeLength)
                || (start != uint.MaxValue && start != largeStart)
            )
            {
                throw Damaged("it has two directories that differ");
            }

            (count, length, start) = (largeCount, largeLength, largeStart);
        }
        else if (isLarge)
        {
            throw Damaged("the record of a large file is missing");
        }

        return start >= 0 && length >= 0 && count >= 0 && start <= endStart && length == endStart - start
            ? (count, start, length)
            : throw Damaged("its directory is not before its end");
    }

    private (string Name, long Header, long Size) ReadDirectoryEntry(ref Span<byte> rest)
    {
        if (rest.Length < DirectoryBytes || Int32(rest, 0) != DirectorySignature)
        {
            throw Damaged("its directory can't be read");
        }

        ushort nameLength = Int16(rest, 28);
        ushort extraLength = Int16(rest, 30);
        int whole = DirectoryBytes + nameLength + extraLength + Int16(rest, 32);
        if (whole > rest.Length || nameLength > MaxNameBytes)
        {
            throw Damaged("its directory can't be read");
        }

        string name = Encoding.UTF8.GetString(rest.Slice(DirectoryBytes, nameLength));
        if ((Int16(rest, 8) & 1) != 0)
        {
            throw Refuse($"its entry {name} is encrypted");
        }

        if (Int16(rest, 10) != 0)
        {
            throw Refuse($"its entry {name} is compressed, and tensors must be stored as they are, as torch.save does");
        }

        long packed = Int32(rest, 20);
        long size = Int32(rest, 24);
        long header = Int32(rest, 42);
        ReadLargeFields(rest.Slice(DirectoryBytes + nameLength, extraLength), name, ref size, ref packed, ref header);
        if (packed != size)
        {
            throw Damaged($"its entry {name} is stored, but has two sizes, {packed} and {size}");
        }

        rest = rest[whole..];
        return (name, header, size);
    }

    // Each number that does not fit its field is in an extra field, in this order.
    private void ReadLargeFields(ReadOnlySpan<byte> extra, string name, ref long size, ref long packed, ref long header)
    {
        ReadOnlySpan<byte> large = [];
        while (extra.Length >= 4)
        {
            ushort length = Int16(extra, 2);
            if (length > extra.Length - 4)
            {
                throw Damaged($"the extra fields of its entry {name} can't be read");
            }

            if (Int16(extra, 0) == LargeFields)
            {
                large = extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        size = Large(size, ref large);
        packed = Large(packed, ref large);
        header = Large(header, ref large);

        long Large(long value, ref ReadOnlySpan<byte> fields)
        {
            if (value != uint.MaxValue)
            {
                return value;
            }

            long number = fields.Length >= 8 ? Int64(fields, 0) : -1;
            if (number < 0)
            {
                throw Damaged($"the size or place of its entry {name} is missing");
            }

            fields = fields[8..];
            return number;
        }
    }

    // The content starts after the local header, which is padded by its own extra field.
    private long FindContent(string name, long header, long size, long directoryStart)
    {
        if (header > directoryStart - LocalBytes)
        {
            throw Damaged($"its entry {name} begins outside");
        }

        byte[] local = Read(header, LocalBytes);
        ushort nameLength = Int16(local, 26);
        long content = header + LocalBytes + nameLength + Int16(local, 28);
        if (Int32(local, 0) != LocalSignature || Int16(local, 8) != 0 || content > directoryStart || size > directoryStart - content)
        {
            throw Damaged($"its entry {name} is not where the directory says");
        }

        return nameLength <= MaxNameBytes && Encoding.UTF8.GetString(Read(header + LocalBytes, nameLength)) == name
            ? content
            : throw Damaged($"its entry {name} has another name where it lies");
    }

    private void RefuseOverlaps(List<(long Start, long End, string Name)> stretches)
    {
        stretches.Sort();
        for (int i = 1; i < stretches.Count; i++)
        {
            if (stretches[i].Start < stretches[i - 1].End)
            {
                throw Damaged($"its entries {stretches[i - 1].Name} and {stretches[i].Name} overlap");
            }
        }
    }

    private byte[] Read(long offset, int length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; )
        {
            int read = RandomAccess.Read(_file, bytes.AsSpan(done), offset + done);
            if (read == 0)
            {
                throw Damaged("it became shorter while it was read");
            }

            done += read;
        }

        return bytes;
    }

    private static ushort Int16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Int32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private ModelFormatException Damaged(string found) => new($"{_name} is a damaged zip file: {found}.");

    private ModelFormatException Refuse(string found) => new($"{_name} can't be used: {found}.");
}
