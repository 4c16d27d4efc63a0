using System.Buffers;
using System.Globalization;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>A picture file, read from a stream into pooled memory up to the limit and not much further.</summary>
internal sealed class PictureFile : IDisposable
{
    private const int FirstBytes = 256 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _length;

    private PictureFile() { }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="ImageException">There are more bytes than allowed.</exception>
    public static async Task<PictureFile> ReadAsync(Stream stream, ImageLimits limits, CancellationToken cancellationToken)
    {
        var file = new PictureFile();
        try
        {
            int read;
            while ((read = await stream.ReadAsync(file._buffer.AsMemory(file._length), cancellationToken).ConfigureAwait(false)) > 0)
            {
                file._length += read;
                if (file._length > limits.MaxBytes)
                {
                    throw new ImageException(
                        ImageFault.TooLarge,
                        string.Create(CultureInfo.InvariantCulture, $"The picture has more than the {limits.MaxBytes:N0} bytes allowed.")
                    );
                }

                if (file._length == file._buffer.Length)
                {
                    file.Grow();
                }
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _length = 0;
        }
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 2L, Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
