namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// Finds the orientation as the Python imaging library does: from the Exif tag if there is one, otherwise from the attribute in
/// XMP. Meaningless values leave the picture as stored.
/// </summary>
internal ref struct Orientations
{
    private int _exif;
    private int _xmp;
    private bool _hasExif;
    private bool _hasBlock;

    public readonly ImageOrientation Value
    {
        get
        {
            int value = _hasExif ? _exif : _xmp;
            return value is >= 2 and <= 8 ? (ImageOrientation)value : ImageOrientation.Upright;
        }
    }

    /// <summary>Adds an Exif block: TIFF bytes, with or without "Exif\0\0" before them. Of several, the first counts.</summary>
    public void AddExif(ReadOnlySpan<byte> exif)
    {
        if (_hasExif || _hasBlock)
        {
            return;
        }

        if (exif.StartsWith("Exif\0\0"u8))
        {
            exif = exif[6..];
        }

        if (exif.Length < 8 || !(exif.StartsWith("II"u8) || exif.StartsWith("MM"u8)))
        {
            return;
        }

        _hasBlock = true;
        var bytes = new Bytes(exif, bigEndian: exif[0] == 'M');
        if (!bytes.TryUInt32(4, out uint directory) || !bytes.TryUInt16(directory, out ushort entries))
        {
            return;
        }

        for (int i = 0; i < entries; i++)
        {
            long entry = directory + 2L + (i * 12L);
            if (!bytes.TryUInt16(entry, out ushort tag))
            {
                return;
            }

            if (tag == TiffHeader.OrientationTag)
            {
                AddTag(TiffHeader.TryValue(bytes, entry, entrySize: 12, out long value) ? value : 0);
                return;
            }
        }
    }

    /// <summary>Adds the value of the tag itself.</summary>
    public void AddTag(long value)
    {
        _hasExif = true;
        _exif = value is >= 1 and <= 8 ? (int)value : 1;
    }

    /// <summary>Adds an XMP packet.</summary>
    public void AddXmp(ReadOnlySpan<byte> packet)
    {
        var name = "tiff:Orientation"u8;
        while (packet.IndexOf(name) is var at and >= 0)
        {
            packet = packet[(at + name.Length)..];
            var rest =
                packet.StartsWith("=\""u8) ? packet[2..]
                : packet.StartsWith(">"u8) ? packet[1..]
                : [];
            if (!rest.IsEmpty && rest[0] is >= (byte)'0' and <= (byte)'9')
            {
                _xmp = rest[0] - '0';
                return;
            }
        }
    }
}
