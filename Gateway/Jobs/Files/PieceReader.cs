using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Reads bytes that lie in pieces. Whoever reads on gets what follows without another question.</summary>
/// <param name="length">The number of bytes.</param>
/// <param name="read">Reads a part of a piece: its place, the first byte, how many.</param>
internal sealed class PieceReader(long length, Func<int, int, int, CancellationToken, Task<byte[]>> read) : Stream
{
    private ReadOnlyMemory<byte> _held;
    private long _heldFrom;
    private long _readTo;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.IsEmpty)
        {
            return 0;
        }

        long into = Position - _heldFrom;
        if (into < 0 || into >= _held.Length)
        {
            int offset = (int)(Position % FilePiece.Size);
            int left = (int)Math.Min(FilePiece.Size - offset, length - Position);
            // A line in the middle of a file is read alone.
            int count = Position == _readTo ? left : Math.Min(buffer.Length, left);
            _held = await read((int)(Position / FilePiece.Size), offset, count, cancellationToken);
            _heldFrom = Position;
            into = 0;
        }

        var part = _held[(int)into..];
        part = part.Length > buffer.Length ? part[..buffer.Length] : part;
        part.CopyTo(buffer);
        Position += part.Length;
        _readTo = Position;
        return part.Length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => length + offset,
        };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
