using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ImageToText.Gateway.Errors;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// Receives a picture's bytes as they arrive, and reads format and size as soon as enough bytes are there. So anything that is not a
/// picture, or claims too many pixels, is refused before the rest has arrived. A picture that is announced as large is hashed
/// as it arrives; any other only when somebody asks for its hash, which without a cache nobody does.
/// </summary>
internal sealed class PictureBuilder : IDisposable
{
    private const int MostPooled = 1 << 20;

    private readonly PooledBytes _bytes;
    private readonly InFlightBytes _room;
    private readonly PictureLimits _limits;
    private readonly IncrementalHash? _hash;
    private ImageHeader? _header;
    private long _headerNeeds = 1;
    private bool _done;

    /// <summary>Starts a picture.</summary>
    /// <param name="allowance">Limits the bytes in memory.</param>
    /// <param name="expected">The most bytes that can arrive; 0: unknown.</param>
    /// <param name="limits">What its header may claim.</param>
    public PictureBuilder(Allowance allowance, long expected, PictureLimits limits)
    {
        _room = allowance.Room;
        _bytes = new PooledBytes(allowance, expected);
        _limits = limits;
        _hash = expected >= PooledBytes.LeastBlock ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    }

    /// <summary>Reads the rest of <paramref name="source"/> into the picture.</summary>
    /// <exception cref="RefusalException">The bytes are not a supported picture, or claim too many pixels.</exception>
    public Task ReadAsync(Stream source, CancellationToken cancellationToken) => ReadAsync(source, long.MaxValue, cancellationToken);

    /// <summary>Reads the rest of <paramref name="source"/> into the picture, up to <paramref name="limit"/> bytes.</summary>
    /// <exception cref="RefusalException">
    /// There are too many bytes, they are not a supported picture, or they claim too many pixels.
    /// </exception>
    public async Task ReadAsync(Stream source, long limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var memory = _bytes.GetMemory();
            int read = await source.ReadAsync(memory, cancellationToken);
            if (read == 0)
            {
                return;
            }

            _hash?.AppendData(memory.Span[..read]);
            _bytes.Advance(read);
            if (_bytes.Length > limit)
            {
                throw Refusals.TooLarge(limit);
            }

            ReadHeader(isComplete: false);
        }
    }

    /// <summary>Appends a copy of <paramref name="bytes"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash?.AppendData(bytes);
        _bytes.Write(bytes);
        ReadHeader(isComplete: false);
    }

    /// <summary>Finishes the picture; the bytes now belong to it.</summary>
    /// <exception cref="RefusalException">The bytes are not a supported picture.</exception>
    public Picture Complete(string? name)
    {
        if (_bytes.Length == 0)
        {
            throw Refusals.EmptyPicture();
        }

        ReadHeader(isComplete: true);
        _done = true;
        string? sha256 = _hash is null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());
        return new Picture(_bytes, sha256, _header.GetValueOrDefault(), name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash?.Dispose();
        if (!_done)
        {
            _bytes.Dispose();
        }
    }

    private void ReadHeader(bool isComplete)
    {
        if (_header is not null || (!isComplete && _bytes.Length < _headerNeeds))
        {
            return;
        }

        var sequence = _bytes.Sequence;
        var result = sequence.IsSingleSegment
            ? ImageHeaderReader.Read(sequence.FirstSpan, isComplete)
            : ReadScattered(sequence, isComplete);
        switch (result.Status)
        {
            case ImageHeaderStatus.Found:
                _limits.Check(result.Header);
                _header = result.Header;
                break;
            case ImageHeaderStatus.NeedMoreBytes:
                // A header that lies far back is looked for again after this many bytes, and at least twice as many as before, so
                // the work stays in proportion to the bytes.
                _headerNeeds = Math.Max(result.BytesNeeded, sequence.IsSingleSegment ? _bytes.Length + 1 : _bytes.Length * 2);
                break;
            case ImageHeaderStatus.Unsupported:
                throw Refusals.UnsupportedPicture(
                    PictureText.Explain(sequence.FirstSpan)
                        ?? string.Create(
                            CultureInfo.InvariantCulture,
                            $"The picture can't be read: it looks like {result.Reason}. The formats read are {ImageFormatNames.List}."
                        )
                );
            default:
                throw Refusals.BrokenPicture(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The {result.Format?.Name()} picture is damaged: {result.Reason}. Send it again."
                    )
                );
        }
    }

    // A header that lies far back, behind a color profile or another block of metadata, is read from a copy, which counts as memory
    // like any other. The usual copy is pooled: large arrays that live this briefly would make the collector visit the whole heap.
    private ImageHeaderResult ReadScattered(ReadOnlySequence<byte> sequence, bool isComplete)
    {
        int length = checked((int)sequence.Length);
        _room.Acquire(length);
        byte[]? pooled = length <= MostPooled ? ArrayPool<byte>.Shared.Rent(length) : null;
        try
        {
            byte[] copy = pooled ?? GC.AllocateUninitializedArray<byte>(length);
            sequence.CopyTo(copy);
            return ImageHeaderReader.Read(copy.AsSpan(0, length), isComplete);
        }
        finally
        {
            if (pooled is not null)
            {
                ArrayPool<byte>.Shared.Return(pooled);
            }

            _room.Release(length);
        }
    }
}
