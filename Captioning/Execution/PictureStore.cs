namespace ImageToText.Captioning.Execution;

/// <summary>What the decoder reads of the pictures in a batch: for every layer the cross-attention's keys and values, a picture a row.</summary>
internal sealed class PictureStore(RowStore keys, RowStore values) : IDisposable
{
    /// <summary>A tensor a layer, as <see cref="Layers.CrossAttentionGraph.KeyShape"/> lays them out.</summary>
    public RowStore Keys { get; } = keys;

    /// <summary>A tensor a layer, [pictures, heads, tokens, head size].</summary>
    public RowStore Values { get; } = values;

    /// <summary>Gives the first pictures new contents: picture i becomes what picture sources[i] was.</summary>
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
