using System.Buffers;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>
/// Resamples down first: stored rows wait in a ring as long as an output line needs them. Across follows at the end.
/// </summary>
internal sealed class VerticalFirstResize : StreamingResize
{
    private readonly StoredLayout _layout;
    private readonly int _wantedAcross;
    private readonly ResampleKernel _down;
    private readonly RowResampler _across;
    private readonly int _ringRows;
    private readonly byte[] _ring;
    private readonly byte[] _lines; // [wanted down, stored width, 3]
    private int _nextRow;
    private int _done;

    public VerticalFirstResize(StoredLayout layout, ResampleFilter filter, ResizeAxis across, ResizeAxis down)
    {
        _layout = layout;
        _wantedAcross = across.Count;
        _down = ResampleKernel.Create(filter, down);
        _across = new RowResampler(ResampleKernel.Create(filter, across));
        _ringRows = Math.Min(_down.MaxTaps, layout.Height);
        _ring = ArrayPool<byte>.Shared.Rent(_ringRows * layout.Width * 3);
        _lines = ArrayPool<byte>.Shared.Rent(down.Count * layout.Width * 3);
    }

    public override void Add(ReadOnlySpan<byte> strip, int rows)
    {
        int rowBytes = _layout.Width * 3;
        for (int row = 0; row < rows; row++)
        {
            strip.Slice(row * rowBytes, rowBytes).CopyTo(_ring.AsSpan(_nextRow % _ringRows * rowBytes));
            BlendCompleteLines();
            _nextRow++;
        }
    }

    public override void Finish(Span<byte> output)
    {
        int rowBytes = _layout.Width * 3;
        int lineBytes = _wantedAcross * 3;
        int rows = _down.OutputLength;
        if (_layout.RowsMirrored)
        {
            byte[] mirrored = ArrayPool<byte>.Shared.Rent(rowBytes);
            for (int index = 0; index < rows; index++)
            {
                var row = _lines.AsSpan(index * rowBytes, rowBytes);
                Mirror(row, mirrored, _layout.Width);
                mirrored.AsSpan(0, rowBytes).CopyTo(row);
            }

            ArrayPool<byte>.Shared.Return(mirrored);
        }

        // All at once: rows share the pass over the weights.
        byte[] lines = ArrayPool<byte>.Shared.Rent(rows * lineBytes);
        _across.Resample(_lines, lines, rows);
        for (int index = 0; index < rows; index++)
        {
            Place(lines.AsSpan(index * lineBytes, lineBytes), index, _layout.Transposed, rows, output);
        }

        ArrayPool<byte>.Shared.Return(lines);
    }

    protected override void Dispose(bool disposing)
    {
        _across.Dispose();
        ArrayPool<byte>.Shared.Return(_ring);
        ArrayPool<byte>.Shared.Return(_lines);
    }

    /// <summary>Computes the output lines whose last row has just arrived.</summary>
    private void BlendCompleteLines()
    {
        int rowBytes = _layout.Width * 3;
        for (; _done < _down.OutputLength; _done++)
        {
            // If rows come in opposite order, so do the outputs.
            int index = _layout.OrderMirrored ? _down.OutputLength - 1 - _done : _done;
            int first = _layout.OrderMirrored ? _layout.Height - 1 - _down.First(index) : _down.First(index);
            int last = _layout.OrderMirrored ? first : _down.Last(index);
            if (last > _nextRow)
            {
                return;
            }

            RowBlender.Blend(
                _ring,
                _ringRows,
                first % _ringRows,
                _layout.OrderMirrored ? -1 : 1,
                rowBytes,
                _down.Weights(index),
                _lines.AsSpan(index * rowBytes, rowBytes)
            );
        }
    }
}
