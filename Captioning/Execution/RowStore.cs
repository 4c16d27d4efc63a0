using ImageToText.Captioning.Layers;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// Several tensors [rows, heads, positions, head size] of the same shape (keys and values of every layer), whose first rows are
/// the running batch. <see cref="Rearrange(ReadOnlySpan{int}, ReadOnlySpan{int})"/> assigns rows and closes gaps.
/// </summary>
internal abstract class RowStore(int tensors, int rows, RowShape shape) : IDisposable
{
    private OrtValue?[,] _leading = new OrtValue?[tensors, rows + 1];
    private OrtValue?[,] _single = new OrtValue?[tensors, rows];

    /// <summary>Number of tensors.</summary>
    public int Tensors { get; } = tensors;

    /// <summary>The number of rows there is room for.</summary>
    public int Rows { get; private set; } = rows;

    /// <summary>The shape of one row.</summary>
    public RowShape Shape { get; private set; } = shape;

    /// <summary>Which of two places in memory holds the rows; always the same if they are rearranged in place.</summary>
    public virtual int Place => 0;

    /// <summary>The first rows of a tensor, where the batch is, or one separate row, where a prompt is read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Several rows from other than the first.</exception>
    public OrtValue Bound(int tensor, int first, int count)
    {
        if (first == 0)
        {
            return Leading(tensor, count);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(count, 1);
        return Single(tensor, first);
    }

    /// <summary>The first rows of a tensor.</summary>
    public OrtValue Leading(int tensor, int count) =>
        _leading[tensor, count] ??= View(tensor, 0, [count, Shape.Heads, Shape.Positions, Shape.HeadSize]);

    /// <summary>One row of a tensor.</summary>
    public OrtValue Single(int tensor, int row) =>
        _single[tensor, row] ??= View(tensor, row, [1, Shape.Heads, Shape.Positions, Shape.HeadSize]);

    /// <summary>Consecutive rows of a tensor, for one use; the caller disposes of it.</summary>
    public OrtValue Range(int tensor, int first, int count) => View(tensor, first, [count, Shape.Heads, Shape.Positions, Shape.HeadSize]);

    /// <summary>Rearranges the first rows: row i becomes what row sources[i] was.</summary>
    /// <param name="sources">The old row for each new one; an old row may be used several times.</param>
    /// <param name="lengths">The number of used positions in each new row.</param>
    public abstract void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths);

    /// <summary>Rearranges the first rows: all of row i becomes what row sources[i] was.</summary>
    /// <param name="sources">The old row for each new one; an old row may be used several times.</param>
    public void Rearrange(ReadOnlySpan<int> sources)
    {
        var lengths = sources.Length <= 256 ? stackalloc int[sources.Length] : new int[sources.Length];
        lengths.Fill(Shape.Positions);
        Rearrange(sources, lengths);
    }

    /// <summary>Swaps two rows.</summary>
    public abstract void Swap(int first, int second);

    /// <summary>Makes room for another number of rows of another shape. The rows keep whatever contents fit.</summary>
    public abstract void Resize(int rows, RowShape shape);

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetViews();
        Release();
    }

    /// <summary>Creates a tensor over rows of a tensor.</summary>
    protected abstract OrtValue View(int tensor, int firstRow, long[] shape);

    /// <summary>Frees the memory.</summary>
    protected abstract void Release();

    /// <summary>Records another size, once the memory for it is there.</summary>
    protected void Resized(int rows, RowShape shape)
    {
        ForgetViews();
        (Rows, Shape) = (rows, shape);
        _leading = new OrtValue?[Tensors, rows + 1];
        _single = new OrtValue?[Tensors, rows];
    }

    /// <summary>Drops the tensors created so far, because the memory behind them changes.</summary>
    protected void ForgetViews()
    {
        foreach (var views in new[] { _leading, _single })
        {
            foreach (var view in views)
            {
                view?.Dispose();
            }

            Array.Clear(views);
        }
    }
}
