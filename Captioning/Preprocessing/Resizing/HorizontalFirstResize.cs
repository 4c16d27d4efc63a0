using System.Buffers;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Resamples each stored row across as it comes, and down at the end.</summary>
internal sealed class HorizontalFirstResize : StreamingResize
{
    private readonly StoredLayout _layout;
    private readonly ResizeAxis _acrossAxis;
    private readonly RowResampler _across;
    private readonly ResampleKernel _down;
    private readonly byte[] _narrowed; // [stored height, wanted across, 3]
    private byte[] _mirrored = [];
    private int _next;

    public HorizontalFirstResize(StoredLayout layout, ResampleFilter filter, ResizeAxis across, ResizeAxis down)
    {
        _layout = layout;
        _acrossAxis = across;
        _across = new RowResampler(ResampleKernel.Create(filter, across));
        _down = ResampleKernel.Create(filter, down);
        _narrowed = ArrayPool<byte>.Shared.Rent(layout.Height * across.Count * 3);
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

        int rowBytes = _acrossAxis.Count * 3;
        if (_acrossAxis.IsUnchanged)
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
        int rowBytes = _acrossAxis.Count * 3;
        byte[] line = ArrayPool<byte>.Shared.Rent(rowBytes);
        for (int index = 0; index < _down.OutputLength; index++)
        {
            int first = _down.First(index);
            RowBlender.Blend(
                _narrowed,
                _layout.Height,
                _layout.OrderMirrored ? _layout.Height - 1 - first : first,
                _layout.OrderMirrored ? -1 : 1,
                rowBytes,
                _down.Weights(index),
                line
            );
            Place(line.AsSpan(0, rowBytes), index, _layout.Transposed, _down.OutputLength, output);
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
