using System.Collections.Concurrent;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// The bytes of all requests that are in memory at once, kept under one bound: a request that would pass it is refused.
/// </summary>
internal sealed class InFlightBytes(long limit, TimeSpan retryAfter)
{
    internal const int SegmentSize = 64 * 1024;

    private readonly ConcurrentStack<byte[]> _segments = new();
    private long _held;

    // An eighth is left for what no upload is charged with: segments that lie idle, and what connections bring along.
    private readonly long _idle = limit / 8;

    /// <summary>The most bytes that uploads hold at once.</summary>
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

    /// <summary>Takes room for <paramref name="bytes"/>, or says that there is none.</summary>
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
    /// A segment whose room was taken. Segments are kept here rather than in a shared pool, which drops what it holds too many of, and
    /// are pinned: where the collector moved them it would hold two of each for a while.
    /// </summary>
    public byte[] Rent() =>
        _segments.TryPop(out byte[]? segment) ? segment : GC.AllocateUninitializedArray<byte>(SegmentSize, pinned: true);

    /// <summary>
    /// Takes segments back, and then their room. They are kept for the next uploads, up to an eighth of the bound: what lies
    /// idle must not add up with what large pictures hold.
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

    /// <summary>Gives back room that <see cref="Acquire"/> took.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
