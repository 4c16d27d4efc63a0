namespace ImageToText.Captioning.Layers;

/// <summary>
/// A text encoder that reads a picture's tokens together with a prompt, where each token sees all others: its sizes, and where a
/// checkpoint has its numbers. The text decoder attends to its output. <see cref="PromptReaderGraph"/> computes it.
/// </summary>
internal sealed record PromptReader
{
    /// <summary>Number of ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of a token's state, and of the picture's tokens.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of each layer.</summary>
    public required int Heads { get; init; }

    /// <summary>The most tokens of picture and prompt together.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Epsilon of the layer normalizations.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>The function between the two feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Turns the prompt's ids into states.</summary>
    public required TokenEmbedding Embedding { get; init; }

    /// <summary>Where the checkpoint has a layer's numbers.</summary>
    public required Func<int, PromptReaderLayer> Layer { get; init; }
}

/// <summary>Where the checkpoint has the numbers of a text encoder's layer, which normalizes after each part.</summary>
internal sealed record PromptReaderLayer
{
    /// <summary>Queries, keys and values: one layer that outputs them one after the other, or three layers.</summary>
    public required IReadOnlyList<LinearLayer> QueryKeyValue { get; init; }

    /// <summary>The layer after the attention.</summary>
    public required LinearLayer AttentionOutput { get; init; }

    /// <summary>The attention's layer normalization.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>The feed-forward layers.</summary>
    public required FeedForward FeedForward { get; init; }

    /// <summary>Their layer normalization.</summary>
    public required string FeedForwardNorm { get; init; }
}
