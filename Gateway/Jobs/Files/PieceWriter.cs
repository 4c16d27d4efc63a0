using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Cuts what is written into pieces, and hands on each one when it is full.</summary>
/// <param name="add">Takes a piece: its place and its bytes.</param>
internal sealed class PieceWriter(Func<int, byte[], CancellationToken, Task> add) : Stream
{
    private readonly Queue<byte[]> _full = new();
    private byte[] _piece = new byte[FilePiece.Size];
    private int _filled;
    private int _added;
    private long _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>Hands on the rest. A file without bytes has one empty piece.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0 || _length == 0)
        {
            _full.Enqueue(_piece[.._filled]);
            _filled = 0;
        }

        await FlushAsync(cancellationToken);
    }

    /// <summary>Hands on all full pieces.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_full.TryPeek(out byte[]? piece))
        {
            await add(_added, piece, cancellationToken);
            _added++;
            _full.Dequeue();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, FilePiece.Size - _filled);
            Write(buffer.Span[..count]);
            buffer = buffer[count..];
            await FlushAsync(cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Takes bytes in; a full piece waits for the next flush.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _length += buffer.Length;
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, FilePiece.Size - _filled);
            buffer[..count].CopyTo(_piece.AsSpan(_filled));
            _filled += count;
            buffer = buffer[count..];
            if (_filled == FilePiece.Size)
            {
                _full.Enqueue(_piece);
                _piece = new byte[FilePiece.Size];
                _filled = 0;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
