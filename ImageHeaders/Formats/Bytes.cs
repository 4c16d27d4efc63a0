using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// Reads integers at an offset, in a byte order known at run time. Returns false if they lie outside the available bytes.
/// </summary>
internal readonly ref struct Bytes(ReadOnlySpan<byte> span, bool bigEndian)
{
    /// <summary>
    /// The most segments, chunks, boxes or directory entries to step over. Real files have a few hundred; a crafted one could
    /// have millions.
    /// </summary>
    public const int MaxSteps = 65_536;

    private readonly ReadOnlySpan<byte> _span = span;

    public bool TryUInt16(long offset, out ushort value)
    {
        if (!Has(offset, 2))
        {
            value = 0;
            return false;
        }

        var bytes = _span[(int)offset..];
        value = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return true;
    }

    public bool TryUInt32(long offset, out uint value)
    {
        if (!Has(offset, 4))
        {
            value = 0;
            return false;
        }

        var bytes = _span[(int)offset..];
        value = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return true;
    }

    public bool TryUInt64(long offset, out ulong value)
    {
        if (!Has(offset, 8))
        {
            value = 0;
            return false;
        }

        var bytes = _span[(int)offset..];
        value = bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return true;
    }

    private bool Has(long offset, int count) => offset >= 0 && offset <= _span.Length - count;
}
