namespace ImageToText.ImageHeaders.Formats;

/// <summary>Walks the boxes of an ISO file one after another, without looking into them. Source: ISO/IEC 14496-12, 4.2.</summary>
/// <param name="bytes">The file's beginning, or a box's content.</param>
/// <param name="at">Where the first box begins.</param>
internal ref struct IsoBoxes(ReadOnlySpan<byte> bytes, long at = 0)
{
    private const int ShortHeader = 8;
    private const int LongHeader = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private long _next = at;
    private int _steps;

    /// <summary>The current box's four letters.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>Where the current box's content begins.</summary>
    public long ContentStart { get; private set; }

    /// <summary>Where the current box ends: it may be beyond the bytes that are here.</summary>
    public readonly long End => _next;

    /// <summary>Whether the current box is said to be shorter than its own header. No box can follow it.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether all of the current box is here.</summary>
    public readonly bool IsWhole => !IsBroken && End <= _bytes.Length;

    /// <summary>What is in the current box, which is whole.</summary>
    public readonly ReadOnlySpan<byte> Content => _bytes[(int)ContentStart..(int)End];

    /// <summary>Whether the walk ended because the next box's header is not here; otherwise there are no more, or too many.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>How many bytes show the header of the next box.</summary>
    public readonly long Needed => Math.Max(_next, _bytes.Length) + LongHeader;

    /// <summary>Goes to the next box; false if its header is not here, if the last was broken, or if there are too many.</summary>
    public bool MoveNext()
    {
        if (IsBroken || _steps++ == Bytes.MaxSteps)
        {
            return false;
        }

        long start = _next;
        var numbers = new Bytes(_bytes, bigEndian: true);
        if (start > _bytes.Length - ShortHeader || !numbers.TryUInt32(start, out uint length))
        {
            IsCutShort = true;
            return false;
        }

        // A length of 1 says that a longer one follows the type; 0 says that the box goes on to the end.
        ulong size = length;
        if (length == 1 && (!numbers.TryUInt64(start + ShortHeader, out size) || size > int.MaxValue))
        {
            IsCutShort = true;
            return false;
        }

        Type = _bytes.Slice((int)start + 4, 4);
        ContentStart = start + (length == 1 ? LongHeader : ShortHeader);
        long end = length == 0 ? _bytes.Length : start + (long)size;
        IsBroken = end < ContentStart;
        _next = IsBroken ? start : end;
        return true;
    }
}
