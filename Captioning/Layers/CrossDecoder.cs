namespace ImageToText.Captioning.Layers;

/// <summary>
/// A text decoder whose layers attend to earlier tokens and to a picture: its sizes, its kind, and where a checkpoint has its
/// numbers. <see cref="TextDecoderGraph"/> and <see cref="CrossAttentionGraph"/> compute it.
/// </summary>
internal sealed record CrossDecoder
{
    /// <summary>Number of ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of a token's state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the picture's tokens.</summary>
    public required int PictureSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of each layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Longest sequence, start id and prompt included.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Epsilon of the layer normalizations.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>The function between the two feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>
    /// Whether layer normalization comes before each part of a layer rather than after adding the part's result.
    /// </summary>
    public bool NormsFirst { get; init; }

    /// <summary>Turns ids into states.</summary>
    public required TokenEmbedding Embedding { get; init; }

    /// <summary>Where the checkpoint has a layer's numbers.</summary>
    public required Func<int, CrossDecoderLayer> Layer { get; init; }

    /// <summary>Layer normalization after the last layer; null: none.</summary>
    public string? FinalNorm { get; init; }

    /// <summary>Turns states into logits.</summary>
    public required OutputHead Head { get; init; }

    /// <summary>Width of one head.</summary>
    public int HeadSize => HiddenSize / Heads;
}

/// <summary>How ids and their positions become states.</summary>
internal sealed record TokenEmbedding
{
    /// <summary>[vocabulary, hidden].</summary>
    public required string Words { get; init; }

    /// <summary>The factor for the word vectors.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>What is added for a token's position.</summary>
    public required PositionTable Positions { get; init; }

    /// <summary>[types, hidden]; the first row is added to every token; null: none.</summary>
    public string? TokenTypes { get; init; }

    /// <summary>Number of types.</summary>
    public int TokenTypeCount { get; init; }

    /// <summary>Layer normalization of the sum; null: none.</summary>
    public string? Norm { get; init; }
}

/// <summary>Where the checkpoint has the numbers of a text decoder's layer.</summary>
internal sealed record CrossDecoderLayer
{
    /// <summary>
    /// Attention to earlier tokens: one layer that outputs queries, keys and values one after the other, or three layers.
    /// </summary>
    public required IReadOnlyList<LinearLayer> SelfQueryKeyValue { get; init; }

    /// <summary>The layer after it.</summary>
    public required LinearLayer SelfOutput { get; init; }

    /// <summary>Its layer normalization.</summary>
    public required string SelfNorm { get; init; }

    /// <summary>Attention to the picture: its queries.</summary>
    public required LinearLayer CrossQuery { get; init; }

    /// <summary>Its keys and values, from the picture's tokens: one layer that outputs both, or two layers.</summary>
    public required IReadOnlyList<LinearLayer> CrossKeyValue { get; init; }

    /// <summary>The layer after it.</summary>
    public required LinearLayer CrossOutput { get; init; }

    /// <summary>Its layer normalization.</summary>
    public required string CrossNorm { get; init; }

    /// <summary>The first feed-forward layer.</summary>
    public required LinearLayer FeedForwardIn { get; init; }

    /// <summary>The second feed-forward layer.</summary>
    public required LinearLayer FeedForwardOut { get; init; }

    /// <summary>The feed-forward layers' layer normalization.</summary>
    public required string FeedForwardNorm { get; init; }
}

/// <summary>How states become logits.</summary>
internal sealed record OutputHead
{
    /// <summary>A layer before the output matrix, with activation and layer normalization; null: none.</summary>
    public LinearLayer? Transform { get; init; }

    /// <summary>The layer normalization after it.</summary>
    public string? TransformNorm { get; init; }

    /// <summary>The output matrix [vocabulary, hidden], which may be the word embeddings.</summary>
    public required LinearLayer Output { get; init; }
}
