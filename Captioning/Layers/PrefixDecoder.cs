namespace ImageToText.Captioning.Layers;

/// <summary>
/// A language model that reads a picture as the beginning of its text: its sizes, its kind, and where its numbers stand in a checkpoint.
/// <see cref="PrefixGraph"/> and <see cref="PrefixStepGraph"/> compute it.
/// </summary>
internal sealed record PrefixDecoder
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

    /// <summary>Heads of the keys and values: each serves as many heads of the queries as there are more of them.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Positions of the model. A picture takes some of them where <see cref="PrefixTakesPositions"/>.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Epsilon of the normalizations.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Normalization by the root of the mean square alone, and not by mean and deviation.</summary>
    public bool RootMeanSquare { get; init; }

    /// <summary>Whether normalization stands before each part of a layer, and not after the part's result is added.</summary>
    public bool NormsFirst { get; init; }

    /// <summary>Between the feed-forward layers.</summary>
    public required Activation Activation { get; init; }

    /// <summary>[vocabulary, hidden].</summary>
    public required string Words { get; init; }

    /// <summary>What is added to a token for its place; null: nothing.</summary>
    public LearnedPositions? Positions { get; init; }

    /// <summary>By which queries and keys are turned for their place; null: they are not.</summary>
    public RotaryPositions? Rotary { get; init; }

    /// <summary>Layer normalization of a word with its position; a picture's tokens have none. Null: none.</summary>
    public string? EmbeddingNorm { get; init; }

    /// <summary>Where the numbers of a layer stand.</summary>
    public required Func<int, PrefixDecoderLayer> Layer { get; init; }

    /// <summary>Normalization after the last layer; null: none.</summary>
    public string? FinalNorm { get; init; }

    /// <summary>The output matrix [vocabulary, hidden], which may be the word embeddings.</summary>
    public required LinearLayer Output { get; init; }

    /// <summary>Whether the tokens of a prefix see each other, and not only those before.</summary>
    public bool PrefixSeesItself { get; init; }

    /// <summary>Whether a prefix has positions, after which those of the text follow; else the text's start at 0.</summary>
    public bool PrefixTakesPositions { get; init; } = true;

    /// <summary>Heads of the queries that share keys and values.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>Numbers that a position's keys and values take in all layers.</summary>
    public long NumbersPerPosition => 2L * Layers * KeyValueHeads * HeadSize;

    /// <summary>Refuses sizes that do not fit each other.</summary>
    /// <param name="section">The part of config.json that they come from.</param>
    /// <exception cref="ModelFormatException">They do not.</exception>
    public void Check(string section)
    {
        if (Heads % KeyValueHeads != 0)
        {
            throw new ModelFormatException(
                $"config.json: {section} shares {KeyValueHeads} heads of keys and values among {Heads} heads, which they do not divide."
            );
        }

        if (HeadSize % 8 != 0)
        {
            throw new ModelFormatException(
                $"config.json: {section} has heads of {HeadSize}; a head size that is a multiple of 8 is supported."
            );
        }
    }
}

/// <summary>Where the numbers of a language model's layer stand.</summary>
internal sealed record PrefixDecoderLayer
{
    /// <summary>The attention's queries.</summary>
    public required LinearLayer Query { get; init; }

    /// <summary>The attention's keys, then its values.</summary>
    public required IReadOnlyList<LinearLayer> KeyValue { get; init; }

    /// <summary>The layer after the attention.</summary>
    public required LinearLayer AttentionOutput { get; init; }

    /// <summary>The attention's normalization.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>
    /// What the first feed-forward layer's results are multiplied by, once activated; null: they are activated themselves.
    /// </summary>
    public LinearLayer? FeedForwardGate { get; init; }

    /// <summary>The first feed-forward layer.</summary>
    public required LinearLayer FeedForwardIn { get; init; }

    /// <summary>The last feed-forward layer.</summary>
    public required LinearLayer FeedForwardOut { get; init; }

    /// <summary>The feed-forward layers' normalization.</summary>
    public required string FeedForwardNorm { get; init; }
}
