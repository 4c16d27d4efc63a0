using ImageToText.Captioning.Layers;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Rows in the computer's own memory: only what a row really holds is copied.</summary>
internal sealed class HostRowStore : RowStore
{
    private readonly HostBuffer<float>[] _buffers;
    private readonly List<RowMove> _moves = [];

    /// <summary>Makes room for the rows, and for one more that breaks cycles.</summary>
    public HostRowStore(int tensors, int rows, RowShape shape)
        : base(tensors, rows, shape) =>
        _buffers = [.. Enumerable.Range(0, tensors).Select(_ => new HostBuffer<float>((rows + 1) * shape.Count))];

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
    protected override OrtValue View(int tensor, int firstRow, long[] shape) => _buffers[tensor].Tensor(firstRow * Shape.Count, shape);

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
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
