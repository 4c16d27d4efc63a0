using System.Buffers;
using System.Security.Cryptography;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// Bytes in pooled segments of 64 KiB, or in one block if many are expected. They return to the pool when the owner has disposed
/// of them and the last <see cref="Lease"/> (a node call that may still be sending) has ended. Only then is their room released.
/// </summary>
internal sealed class PooledBytes : IDisposable
{
    internal const int SegmentSize = InFlightBytes.SegmentSize;

    /// <summary>From this many expected bytes on, they lie in one block.</summary>
    internal const int LeastBlock = 1 << 20;

    private readonly List<byte[]> _segments = [];
    private readonly Allowance _allowance;
    private readonly NativeBlock? _block;
    private int _leases = 1;
    private int _disposed;

    /// <summary>Creates a buffer that takes its room from <paramref name="allowance"/>.</summary>
    /// <param name="allowance">Limits the bytes of all requests.</param>
    /// <param name="expected">The most bytes that can arrive; 0: unknown.</param>
    /// <exception cref="Errors.RefusalException">429: there is no room.</exception>
    public PooledBytes(Allowance allowance, long expected = 0)
    {
        _allowance = allowance;
        if (expected >= LeastBlock && expected < int.MaxValue)
        {
            allowance.Take(expected);
            _block = new NativeBlock((int)expected);
        }
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>The written bytes, in their segments.</summary>
    public ReadOnlySequence<byte> Sequence
    {
        get
        {
            if (Length == 0)
            {
                return ReadOnlySequence<byte>.Empty;
            }

            if (_block is not null && Length <= InBlock)
            {
                return new ReadOnlySequence<byte>(_block.Memory[..(int)Length]);
            }

            Segment? first = null;
            Segment? last = null;
            foreach (var piece in Pieces())
            {
                last = last is null ? first = new Segment(piece, 0) : last.Append(piece);
            }

            return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
        }
    }

    /// <summary>Room for the next bytes, never empty.</summary>
    /// <exception cref="Errors.RefusalException">429: there is no room.</exception>
    public Memory<byte> GetMemory()
    {
        if (Length < InBlock)
        {
            return _block!.Memory[(int)Length..Math.Min(InBlock, (int)Length + SegmentSize)];
        }

        long inSegments = Length - InBlock;
        if (inSegments == (long)_segments.Count * SegmentSize)
        {
            _allowance.Take(SegmentSize);
            _segments.Add(_allowance.Room.Rent());
        }

        return _segments[^1].AsMemory((int)(inSegments % SegmentSize));
    }

    /// <summary>Records that <paramref name="count"/> bytes of <see cref="GetMemory"/> were filled.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length + count, InBlock + ((long)_segments.Count * SegmentSize));
        Length += count;
    }

    /// <summary>Appends a copy of <paramref name="bytes"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var room = GetMemory().Span;
            int taken = Math.Min(room.Length, bytes.Length);
            bytes[..taken].CopyTo(room);
            Advance(taken);
            bytes = bytes[taken..];
        }
    }

    /// <summary>Writes all bytes to <paramref name="target"/>.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        using var lease = TakeLease();
        foreach (var piece in Pieces())
        {
            await target.WriteAsync(piece, cancellationToken);
        }
    }

    /// <summary>Their SHA-256, lower-case hexadecimal.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in Pieces())
        {
            hash.AppendData(piece.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Keeps the bytes while somebody reads them who may outlive the owner.</summary>
    /// <exception cref="ObjectDisposedException">The bytes have returned to the pool.</exception>
    public Lease TakeLease()
    {
        int leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            int before = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
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

    private int InBlock => _block?.Memory.Length ?? 0;

    private IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        long inBlock = Math.Min(InBlock, Length);
        for (long at = 0L; at < inBlock; at += SegmentSize)
        {
            yield return _block!.Memory.Slice((int)at, (int)Math.Min(SegmentSize, inBlock - at));
        }

        for (long at = inBlock; at < Length; at += SegmentSize)
        {
            yield return _segments[(int)((at - inBlock) / SegmentSize)].AsMemory(0, (int)Math.Min(SegmentSize, Length - at));
        }
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            if (_block is not null)
            {
                int room = InBlock;
                _block.Free();
                _allowance.Room.Release(room);
            }

            _allowance.Room.Return(_segments);
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
