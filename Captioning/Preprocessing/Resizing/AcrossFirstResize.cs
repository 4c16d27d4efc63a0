using System.Buffers;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Resamples each stored row across as it comes, and down at the end.</summary>
internal sealed class AcrossFirstResize : StreamingResize
{
    private readonly StoredLayout _layout;
    private readonly int _size;
    private readonly RowResampler _across;
    private readonly BicubicKernel _down;
    private readonly byte[] _narrowed; // [stored height, size, 3]
    private byte[] _mirrored = [];
    private int _next;

    public AcrossFirstResize(StoredLayout layout, int size)
    {
        _layout = layout;
        _size = size;
        _across = new RowResampler(new BicubicKernel(layout.Width, size));
        _down = new BicubicKernel(layout.Height, size);
        _narrowed = ArrayPool<byte>.Shared.Rent(layout.Height * size * 3);
    }

    public override void Add(ReadOnlySpan<byte> strip, int rows)
    {
        if (_layout.RowsMirrored)
        {
            if (_mirrored.Length < strip.Length)
            {
                ArrayPool<byte>.Shared.Return(_mirrored);
                _mirrored = ArrayPool<byte>.Shared.Rent(strip.Length);
            }

            Mirror(strip, _mirrored, _layout.Width);
            strip = _mirrored.AsSpan(0, strip.Length);
        }

        var rowBytes = _size * 3;
        if (_layout.Width == _size)
        {
            strip.CopyTo(_narrowed.AsSpan(_next * rowBytes));
        }
        else
        {
            _across.Resample(strip, _narrowed.AsSpan(_next * rowBytes, rows * rowBytes), rows);
        }

        _next += rows;
    }

    public override void Finish(Span<byte> output)
    {
        var rowBytes = _size * 3;
        var line = ArrayPool<byte>.Shared.Rent(rowBytes);
        for (var index = 0; index < _size; index++)
        {
            var first = _down.First(index);
            RowBlender.Blend(
                _narrowed,
                _layout.Height,
                _layout.OrderMirrored ? _layout.Height - 1 - first : first,
                _layout.OrderMirrored ? -1 : 1,
                rowBytes,
                _down.Weights(index),
                line);
            Place(line.AsSpan(0, rowBytes), index, _layout.Transposed, _size, output);
        }

        ArrayPool<byte>.Shared.Return(line);
    }

    protected override void Dispose(bool disposing)
    {
        _across.Dispose();
        ArrayPool<byte>.Shared.Return(_narrowed);
        ArrayPool<byte>.Shared.Return(_mirrored);
    }
}
