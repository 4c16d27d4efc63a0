using System.Collections.Concurrent;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>Limits the bytes of all requests in memory at once. A request that would exceed the limit is refused.</summary>
internal sealed class InFlightBytes(long limit, TimeSpan retryAfter)
{
    internal const int SegmentSize = 64 * 1024;

    private readonly ConcurrentStack<byte[]> _segments = new();
    private long _held;

    // An eighth is left for what no upload is charged for: idle segments, and what connections need.
    private readonly long _idle = limit / 8;

    /// <summary>The most bytes that uploads may hold at once.</summary>
    public long Limit { get; } = limit - (limit / 8);

    /// <summary>The bytes held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes room for <paramref name="bytes"/>.</summary>
    /// <exception cref="RefusalException">429: there is no room.</exception>
    public void Acquire(long bytes)
    {
        if (!TryAcquire(bytes))
        {
            throw Refusals.IntakeFull(retryAfter);
        }
    }

    /// <summary>Takes room for <paramref name="bytes"/>, or returns false if there is none.</summary>
    public bool TryAcquire(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long held = Interlocked.Read(ref _held);
        while (held + bytes <= Limit)
        {
            long before = Interlocked.CompareExchange(ref _held, held + bytes, held);
            if (before == held)
            {
                return true;
            }

            held = before;
        }

        return false;
    }

    /// <summary>
    /// Returns a segment whose room was taken. Segments are kept here rather than in a shared pool, which drops any excess. They
    /// are pinned; otherwise the collector would hold two of each for a while when it moves them.
    /// </summary>
    public byte[] Rent() =>
        _segments.TryPop(out byte[]? segment) ? segment : GC.AllocateUninitializedArray<byte>(SegmentSize, pinned: true);

    /// <summary>
    /// Returns segments, and then their room. They are kept for the next uploads, up to an eighth of the limit: idle segments
    /// must not add up with what large pictures hold.
    /// </summary>
    public void Return(List<byte[]> segments)
    {
        foreach (byte[] segment in segments)
        {
            if ((long)_segments.Count * SegmentSize < _idle)
            {
                _segments.Push(segment);
            }
        }

        Release((long)segments.Count * SegmentSize);
    }

    /// <summary>Returns room taken by <see cref="Acquire"/>.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
