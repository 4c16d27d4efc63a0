namespace ImageToText.Captioning.Execution;

/// <summary>
/// What the decoder reads from the pictures in a batch: the cross-attention keys and values of every layer, one row per picture.
/// </summary>
internal sealed class PictureStore(RowStore keys, RowStore values) : IDisposable
{
    /// <summary>One tensor per layer, in the layout of <see cref="Layers.CrossAttentionGraph.KeyShape"/>.</summary>
    public RowStore Keys { get; } = keys;

    /// <summary>One tensor per layer, [pictures, heads, tokens, head size].</summary>
    public RowStore Values { get; } = values;

    /// <summary>Rearranges the first pictures: picture i becomes what picture sources[i] was.</summary>
    public void Rearrange(ReadOnlySpan<int> sources)
    {
        Keys.Rearrange(sources);
        Values.Rearrange(sources);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }
}
