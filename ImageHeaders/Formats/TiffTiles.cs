namespace ImageToText.ImageHeaders.Formats;

/// <summary>Whether a TIFF's tiles lie in its file. Source: TIFF 6.0, section 15, and BigTIFF.</summary>
internal static class TiffTiles
{
    private const ushort OffsetsTag = 324;
    private const ushort LengthsTag = 325;

    /// <summary>Whether all tiles of a page lie in the file; true where it has none.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="page">The page, counted from 0.</param>
    public static bool AreInside(ReadOnlySpan<byte> file, int page)
    {
        var bytes = new Bytes(file, bigEndian: file[0] == 'M');
        bool isBig = file[2] == '+' || file[3] == '+';
        int size = isBig ? 20 : 12;
        if (!TryNumber(bytes, isBig ? 8 : 4, isBig ? 8 : 4, out long directory))
        {
            return false;
        }

        for (int i = 0; ; i++)
        {
            if (!TryNumber(bytes, directory, isBig ? 8 : 2, out long entries) || entries > Bytes.MaxSteps)
            {
                return false;
            }

            long first = directory + (isBig ? 8 : 2);
            if (i == page)
            {
                return AreInside(file, bytes, first, entries, size);
            }

            if (i > page || !TryNumber(bytes, first + (entries * size), isBig ? 8 : 4, out directory) || directory == 0)
            {
                return false;
            }
        }
    }

    private static bool AreInside(ReadOnlySpan<byte> file, Bytes bytes, long first, long entries, int size)
    {
        (long At, long Count, int Bytes) offsets = default;
        (long At, long Count, int Bytes) lengths = default;
        for (long at = first; at < first + (entries * size); at += size)
        {
            _ = bytes.TryUInt16(at, out ushort tag);
            if (tag == OffsetsTag)
            {
                offsets = Values(bytes, at, size);
            }
            else if (tag == LengthsTag)
            {
                lengths = Values(bytes, at, size);
            }
        }

        if (offsets.Count != lengths.Count)
        {
            return false;
        }

        for (long i = 0; i < offsets.Count; i++)
        {
            if (
                !TryNumber(bytes, offsets.At + (i * offsets.Bytes), offsets.Bytes, out long offset)
                || !TryNumber(bytes, lengths.At + (i * lengths.Bytes), lengths.Bytes, out long length)
                || offset == 0
                || length == 0
                || offset > file.Length - length
            )
            {
                return false;
            }
        }

        return true;
    }

    // Where an entry's values stand: in it, if they fit.
    private static (long At, long Count, int Bytes) Values(Bytes bytes, long entry, int size)
    {
        bool isBig = size == 20;
        _ = bytes.TryUInt16(entry + 2, out ushort type);
        _ = TryNumber(bytes, entry + 4, isBig ? 8 : 4, out long count);
        int each = type switch
        {
            3 => 2,
            16 => 8,
            _ => 4,
        };
        long at = entry + (isBig ? 12 : 8);
        if (count > (isBig ? 8 : 4) / each)
        {
            _ = TryNumber(bytes, at, isBig ? 8 : 4, out at);
        }

        return (at, count, each);
    }

    private static bool TryNumber(Bytes bytes, long at, int length, out long number)
    {
        bool isThere;
        switch (length)
        {
            case 2:
                isThere = bytes.TryUInt16(at, out ushort word);
                number = word;
                break;

            case 4:
                isThere = bytes.TryUInt32(at, out uint value);
                number = value;
                break;

            default:
                isThere = bytes.TryUInt64(at, out ulong large) && large <= int.MaxValue;
                number = isThere ? (long)large : 0;
                break;
        }

        return isThere;
    }
}
