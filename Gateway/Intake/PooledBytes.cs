using System.Buffers;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// Bytes in pooled segments of 64 KiB. They go back to the pool when the owner has disposed of them and the last
/// <see cref="Lease"/> (a node call that may still be sending) has ended; only then is their room given back.
/// </summary>
internal sealed class PooledBytes : IDisposable
{
    internal const int SegmentSize = InFlightBytes.SegmentSize;

    private readonly List<byte[]> _segments = [];
    private readonly InFlightBytes _room;
    private long _prepaid;
    private long _acquired;
    private int _inLast = SegmentSize;
    private int _leases = 1;
    private int _disposed;

    /// <summary>Holds bytes, taking their room from <paramref name="room"/> segment by segment.</summary>
    /// <param name="room">What bounds the bytes of all requests.</param>
    /// <param name="expected">Bytes known to come: their room is taken at once, so that an admitted upload finishes.</param>
    /// <exception cref="Errors.RefusalException">429: no room.</exception>
    public PooledBytes(InFlightBytes room, long expected = 0)
    {
        _room = room;
        // One segment more: the read that finds the end needs room as well.
        var segments = expected > 0 ? (expected / SegmentSize) + 1 : 0;
        room.Acquire(segments * SegmentSize);
        _acquired = _prepaid = segments * SegmentSize;
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes written, as they lie in their segments.</summary>
    public ReadOnlySequence<byte> Sequence
    {
        get
        {
            if (Length == 0)
            {
                return ReadOnlySequence<byte>.Empty;
            }

            var first = new Segment(_segments[0].AsMemory(0, LengthOf(0)), 0);
            var last = first;
            for (var i = 1; i < _segments.Count; i++)
            {
                last = last.Append(_segments[i].AsMemory(0, LengthOf(i)));
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    /// <summary>Room for the next bytes, never empty.</summary>
    /// <exception cref="Errors.RefusalException">429: no room.</exception>
    public Memory<byte> GetMemory()
    {
        if (_inLast == SegmentSize)
        {
            if (_prepaid > 0)
            {
                _prepaid -= SegmentSize;
            }
            else
            {
                _room.Acquire(SegmentSize);
                _acquired += SegmentSize;
            }

            _segments.Add(_room.Rent());
            _inLast = 0;
        }

        return _segments[^1].AsMemory(_inLast, SegmentSize - _inLast);
    }

    /// <summary>Says that <paramref name="count"/> bytes of <see cref="GetMemory"/> were filled.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, SegmentSize - _inLast);
        _inLast += count;
        Length += count;
    }

    /// <summary>Appends a copy of <paramref name="bytes"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var room = GetMemory().Span;
            var taken = Math.Min(room.Length, bytes.Length);
            bytes[..taken].CopyTo(room);
            Advance(taken);
            bytes = bytes[taken..];
        }
    }

    /// <summary>Writes all bytes to <paramref name="target"/>.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        using var lease = TakeLease();
        for (var i = 0; i < _segments.Count; i++)
        {
            await target.WriteAsync(_segments[i].AsMemory(0, LengthOf(i)), cancellationToken);
        }
    }

    /// <summary>Keeps the bytes while they are read by someone who may outlive the owner.</summary>
    /// <exception cref="ObjectDisposedException">The bytes have gone back to the pool.</exception>
    public Lease TakeLease()
    {
        var leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            var before = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (before == leases)
            {
                return new Lease(this);
            }

            leases = before;
        }

        throw new ObjectDisposedException(nameof(PooledBytes));
    }

    /// <summary>Ends the owner's hold.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            End();
        }
    }

    private int LengthOf(int segment) => segment == _segments.Count - 1 ? _inLast : SegmentSize;

    private void End()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            _room.Return(_segments, _acquired);
            _segments.Clear();
        }
    }

    /// <summary>One reader's hold on the bytes.</summary>
    internal readonly struct Lease(PooledBytes bytes) : IDisposable
    {
        public void Dispose() => bytes.End();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
