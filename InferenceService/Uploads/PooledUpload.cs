using System.Buffers;

namespace ImageToText.InferenceService.Uploads;

/// <summary>
/// A file as it arrives, in one pooled array that grows with what has really arrived. A client that announces much and sends
/// little takes little.
/// </summary>
internal sealed class PooledUpload(UploadBudget budget, int maxBytes, bool yields = false) : IDisposable
{
    private const int FirstSize = 64 * 1024;

    private byte[] _buffer = [];
    private int _length;

    /// <summary>What has arrived. Don't use it after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="UploadTooLargeException">It has more bytes than allowed.</exception>
    /// <exception cref="UploadBudgetException">There is no memory left for it.</exception>
    public async Task ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
            {
                Grow();
            }

            int read = await source.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            _length += read;
            if (_length > maxBytes)
            {
                throw new UploadTooLargeException();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Grow()
    {
        // One byte more than allowed, so that an excess byte can be seen.
        int size = (int)Math.Min(Math.Max(FirstSize, 2L * _buffer.Length), Math.Max(_length + 1L, maxBytes + 1L));
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        if (!budget.TryTake(larger.Length, yields))
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw new UploadBudgetException();
        }
        Memory.CopyTo(larger);
        Free(_buffer);
        _buffer = larger;
    }

    private void Free(byte[] buffer)
    {
        if (buffer.Length == 0)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        budget.Return(buffer.Length, yields);
    }
}
