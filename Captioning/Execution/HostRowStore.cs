using ImageToText.Captioning.Layers;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Rows in host memory. Only what a row really holds is copied.</summary>
internal sealed class HostRowStore : RowStore
{
    private readonly HostBuffer<float>[] _buffers;
    private readonly List<RowMove> _moves = [];

    // An extra row that breaks cycles.
    private readonly int _spareRows;

    /// <summary>Allocates the rows.</summary>
    /// <param name="tensors">The number of tensors.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="shape">The shape of one row.</param>
    /// <param name="rearranges">Whether rows are rearranged, which needs an extra row, or only swapped.</param>
    public HostRowStore(int tensors, int rows, RowShape shape, bool rearranges = true)
        : base(tensors, rows, shape)
    {
        _spareRows = rearranges ? 1 : 0;
        _buffers = [.. Enumerable.Range(0, tensors).Select(_ => Allocate(rows, shape))];
    }

    /// <inheritdoc/>
    public override void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths)
    {
        RowMoves.Plan(sources, lengths, spareRow: Rows, _moves);
        foreach (var move in _moves)
        {
            foreach (var buffer in _buffers)
            {
                Copy(buffer, move);
            }
        }
    }

    /// <inheritdoc/>
    public override void Swap(int first, int second)
    {
        Span<float> kept = stackalloc float[1024];
        foreach (var buffer in _buffers)
        {
            for (long start = 0; start < Shape.Count; start += kept.Length)
            {
                int count = (int)Math.Min(kept.Length, Shape.Count - start);
                var one = buffer.Slice((first * Shape.Count) + start, count);
                var other = buffer.Slice((second * Shape.Count) + start, count);
                one.CopyTo(kept);
                other.CopyTo(one);
                kept[..count].CopyTo(other);
            }
        }
    }

    /// <inheritdoc/>
    public override void Resize(int rows, RowShape shape)
    {
        ForgetViews();
        // One tensor after the other, so that only one exists twice.
        for (int tensor = 0; tensor < _buffers.Length; tensor++)
        {
            var (old, buffer) = (_buffers[tensor], Allocate(rows, shape));
            CopyAll(old, buffer, Math.Min(rows, Rows), shape);
            _buffers[tensor] = buffer;
            old.Dispose();
        }

        Resized(rows, shape);
    }

    /// <inheritdoc/>
    protected override OrtValue View(int tensor, int firstRow, long[] shape) => _buffers[tensor].Tensor(firstRow * Shape.Count, shape);

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    private HostBuffer<float> Allocate(int rows, RowShape shape) => new((rows + _spareRows) * shape.Count);

    private void CopyAll(HostBuffer<float> from, HostBuffer<float> to, int rows, RowShape shape)
    {
        int lines = Math.Min(Shape.Positions, shape.Positions);
        int width = Math.Min(Shape.HeadSize, shape.HeadSize);
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                long source = (row * Shape.Count) + ((long)head * Shape.Positions * Shape.HeadSize);
                long target = (row * shape.Count) + ((long)head * shape.Positions * shape.HeadSize);
                for (int line = 0; line < lines; line++)
                {
                    from.Slice(source + ((long)line * Shape.HeadSize), width)
                        .CopyTo(to.Slice(target + ((long)line * shape.HeadSize), width));
                }
            }
        }
    }

    private void Copy(HostBuffer<float> buffer, RowMove move)
    {
        int stride = Shape.Positions * Shape.HeadSize;
        if (move.Length == Shape.Positions)
        {
            buffer.Slice(move.Source * Shape.Count, (int)Shape.Count).CopyTo(buffer.Slice(move.Target * Shape.Count, (int)Shape.Count));
            return;
        }

        int used = move.Length * Shape.HeadSize;
        for (int head = 0; head < Shape.Heads; head++)
        {
            int offset = head * stride;
            buffer.Slice((move.Source * Shape.Count) + offset, used).CopyTo(buffer.Slice((move.Target * Shape.Count) + offset, used));
        }
    }
}
