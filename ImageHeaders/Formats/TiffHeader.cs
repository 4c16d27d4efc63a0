namespace ImageToText.ImageHeaders.Formats;

/// <summary>TIFF and BigTIFF: size and orientation from the first directory, which may be anywhere in the file.</summary>
internal static class TiffHeader
{
    public const ushort OrientationTag = 274;
    private const ushort WidthTag = 256;
    private const ushort HeightTag = 257;
    private const ushort BitsPerSampleTag = 258;
    private const ushort CompressionTag = 259;
    private const ushort PhotometricTag = 262;
    private const ushort PlanarConfigurationTag = 284;
    private const ushort TileWidthTag = 322;
    private const ushort ExtraSamplesTag = 338;
    private const ushort YCbCrSubsamplingTag = 530;
    private const ushort XmpTag = 700;

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < 16)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Tiff, 16);
        }

        var bytes = new Bytes(start, bigEndian: start[0] == 'M');
        bool isBig = start[2] == '+' || start[3] == '+';
        ulong directory;
        if (isBig)
        {
            _ = bytes.TryUInt64(8, out directory);
        }
        else
        {
            _ = bytes.TryUInt32(4, out uint shortOffset);
            directory = shortOffset;
        }

        if (directory is < 8 or > int.MaxValue)
        {
            return ImageHeaderResult.Damaged(ImageFormat.Tiff, "its first directory lies outside the file");
        }

        long at = (long)directory;
        ulong entries;
        if (isBig)
        {
            if (!bytes.TryUInt64(at, out entries))
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Tiff, at + 8);
            }

            at += 8;
        }
        else
        {
            if (!bytes.TryUInt16(at, out ushort shortEntries))
            {
                return ImageHeaderResult.NeedMore(ImageFormat.Tiff, at + 2);
            }

            entries = shortEntries;
            at += 2;
        }

        if (entries > Bytes.MaxSteps)
        {
            return ImageHeaderResult.Damaged(ImageFormat.Tiff, "its first directory has too many entries");
        }

        int entrySize = isBig ? 20 : 12;
        long end = at + ((long)entries * entrySize);
        if (end > start.Length)
        {
            return ImageHeaderResult.NeedMore(ImageFormat.Tiff, end);
        }

        var orientations = default(Orientations);
        long width = 0;
        long height = 0;
        bool hasXmp = false;
        var kind = new TiffKind();
        for (; at < end; at += entrySize)
        {
            _ = bytes.TryUInt16(at, out ushort tag);
            switch (tag)
            {
                case WidthTag:
                    _ = TryValue(bytes, at, entrySize, out width);
                    break;

                case HeightTag:
                    _ = TryValue(bytes, at, entrySize, out height);
                    break;

                case OrientationTag:
                    orientations.AddTag(TryValue(bytes, at, entrySize, out long orientation) ? orientation : 0);
                    break;

                case CompressionTag:
                    kind.Compression = TryValue(bytes, at, entrySize, out long compression) ? compression : 0;
                    break;

                case PhotometricTag:
                    kind.Photometric = TryValue(bytes, at, entrySize, out long photometric) ? photometric : null;
                    break;

                case PlanarConfigurationTag:
                    kind.IsPlanar = TryValue(bytes, at, entrySize, out long planes) && planes == 2;
                    break;

                case TileWidthTag:
                    kind.IsTiled = true;
                    break;

                case ExtraSamplesTag:
                    kind.HasAlpha = TryValue(bytes, at, entrySize, out long extra) && extra is 1 or 2;
                    break;

                case YCbCrSubsamplingTag:
                    kind.IsSubsampled = !(
                        bytes.TryUInt16(at + entrySize - (isBig ? 8 : 4), out ushort across)
                        && bytes.TryUInt16(at + entrySize - (isBig ? 6 : 2), out ushort down)
                        && (across, down) is (1, 1)
                    );
                    break;

                case BitsPerSampleTag:
                    if (!TryFirstWord(bytes, at, isBig, out long bits, out long needed))
                    {
                        return ImageHeaderResult.NeedMore(ImageFormat.Tiff, needed);
                    }

                    kind.BitsPerSample = bits;
                    break;

                // Only the first entry is followed: in a crafted file, every entry could point to the same megabytes.
                case XmpTag when !hasXmp && TryBlock(bytes, at, isBig, out long offset, out long length):
                    hasXmp = true;
                    if (offset + length > start.Length)
                    {
                        return ImageHeaderResult.NeedMore(ImageFormat.Tiff, offset + length);
                    }

                    orientations.AddXmp(start.Slice((int)offset, (int)length));
                    break;
            }
        }

        return kind.WhyNotRead() is { } reason
            ? ImageHeaderResult.Unsupported(reason)
            : ImageHeader.From(ImageFormat.Tiff, width, height, orientations.Value, kind.Samples, !kind.HasAlpha, kind.IsRare);
    }

    // The first of an entry's 16-bit values. Values that don't fit into the entry stand elsewhere in the file.
    private static bool TryFirstWord(Bytes bytes, long entry, bool isBig, out long value, out long needed)
    {
        value = needed = 0;
        long at = entry + (isBig ? 12 : 8);
        ulong count;
        if (isBig)
        {
            _ = bytes.TryUInt64(entry + 4, out count);
        }
        else
        {
            _ = bytes.TryUInt32(entry + 4, out uint shortCount);
            count = shortCount;
        }

        if (!bytes.TryUInt16(entry + 2, out ushort type) || type != 3)
        {
            return true;
        }

        if (count > (isBig ? 4u : 2u))
        {
            if (isBig)
            {
                _ = bytes.TryUInt64(at, out ulong elsewhere);
                at = (long)Math.Min(elsewhere, int.MaxValue);
            }
            else
            {
                _ = bytes.TryUInt32(at, out uint elsewhere);
                at = Math.Min(elsewhere, int.MaxValue);
            }
        }

        needed = at + 2;
        if (!bytes.TryUInt16(at, out ushort word))
        {
            return false;
        }

        value = word;
        return true;
    }

    /// <summary>Reads the first value of an entry whose type is one of the integers that fit inside the entry.</summary>
    public static bool TryValue(Bytes bytes, long entry, int entrySize, out long value)
    {
        value = 0;
        if (!bytes.TryUInt16(entry + 2, out ushort type))
        {
            return false;
        }

        long at = entry + (entrySize == 20 ? 12 : 8);
        switch (type)
        {
            case 3 when bytes.TryUInt16(at, out ushort word):
                value = word;
                return true;

            case 4 when bytes.TryUInt32(at, out uint number):
                value = number;
                return true;

            case 16 when entrySize == 20 && bytes.TryUInt64(at, out ulong big) && big <= long.MaxValue:
                value = (long)big;
                return true;

            default:
                return false;
        }
    }

    private static bool TryBlock(Bytes bytes, long entry, bool isBig, out long offset, out long length)
    {
        offset = length = 0;
        if (!bytes.TryUInt16(entry + 2, out ushort type) || type is not (1 or 7))
        {
            return false;
        }

        if (isBig)
        {
            if (
                bytes.TryUInt64(entry + 4, out ulong bigLength)
                && bytes.TryUInt64(entry + 12, out ulong bigOffset)
                && bigLength is > 8 and <= int.MaxValue
                && bigOffset <= int.MaxValue
            )
            {
                (offset, length) = ((long)bigOffset, (long)bigLength);
                return true;
            }
        }
        else if (
            bytes.TryUInt32(entry + 4, out uint shortLength)
            && bytes.TryUInt32(entry + 8, out uint shortOffset)
            && shortLength is > 4 and <= int.MaxValue
            && shortOffset <= int.MaxValue
        )
        {
            (offset, length) = (shortOffset, shortLength);
            return true;
        }

        return false;
    }
}
