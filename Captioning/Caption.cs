using ImageToText.ImageHeaders;

namespace ImageToText.Captioning;

/// <summary>A caption: the best sequence's text, all requested sequences, and how they were made.</summary>
public sealed record Caption
{
    /// <summary>The best sequence's text, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The model that wrote it, as the folder or its owner names it.</summary>
    public required string ModelId { get; init; }

    /// <summary>All requested sequences, best first; never empty.</summary>
    public required IReadOnlyList<CaptionSequence> Sequences { get; init; }

    /// <summary>The parts of the picture that the best sequence mentions; empty unless requested.</summary>
    public IReadOnlyList<CaptionRegion> Regions => Sequences[0].Regions;

    /// <summary>exp(mean of the best sequence's <see cref="CaptionSequence.LogProbabilities"/>), in (0, 1].</summary>
    public required double Confidence { get; init; }

    /// <summary>The picture as it was decoded.</summary>
    public required PictureInfo Image { get; init; }

    /// <summary>Where the time went.</summary>
    public required CaptionTimings Timings { get; init; }

    /// <summary>What was saved because the picture had been seen before.</summary>
    public CaptionReuse Reuse { get; init; }
}

/// <summary>One generated sequence.</summary>
public sealed record CaptionSequence
{
    /// <summary>The text, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The generated ids, without the start ids (start token and prompt) and without the closing [SEP].</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>
    /// Natural logarithms of the probabilities that the unprocessed logits give to each generated id, and to the closing [SEP] if
    /// there is one.
    /// </summary>
    public required IReadOnlyList<float> LogProbabilities { get; init; }

    /// <summary>
    /// The text that each generated id added; together they make up the part of <see cref="Text"/> after the prompt. Empty if
    /// unknown.
    /// </summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    /// <summary>The parts of the picture that it mentions, in the order of the text's lines; empty unless requested.</summary>
    public IReadOnlyList<CaptionRegion> Regions { get; init; } = [];

    /// <summary>
    /// The beam score: sum of the processed log-probabilities divided by length ^ length_penalty;
    /// for one beam, the sum of <see cref="LogProbabilities"/> divided by their number.
    /// </summary>
    public required double Score { get; init; }

    /// <summary>Why the sequence ended.</summary>
    public required FinishReason FinishReason { get; init; }
}

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended the caption.</summary>
    Stop,

    /// <summary>The maximum number of new tokens was reached.</summary>
    Length,
}

/// <summary>The decoded picture.</summary>
/// <param name="Width">Pixels across, after EXIF rotation.</param>
/// <param name="Height">Pixels down, after EXIF rotation.</param>
/// <param name="Format">The container format.</param>
public sealed record PictureInfo(int Width, int Height, ImageFormat Format)
{
    /// <summary>What is missing of a file that ends early, in a sentence; null: nothing.</summary>
    public string? Warning { get; init; }
}

/// <summary>Where a caption's time went, in wall time of each part.</summary>
public readonly record struct CaptionTimings
{
    /// <summary>Waiting for a slot.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>Decoding the picture and converting it to RGB.</summary>
    public TimeSpan Decode { get; init; }

    /// <summary>Resizing and normalizing.</summary>
    public TimeSpan Preprocess { get; init; }

    /// <summary>The vision encoder and the cross-attention keys and values.</summary>
    public TimeSpan Encode { get; init; }

    /// <summary>The decoder's steps, from joining the running batch to the last token.</summary>
    public TimeSpan Generate { get; init; }

    /// <summary>
    /// From the request's arrival to its first token: all of the above except the later steps. Zero for a cached caption.
    /// </summary>
    public TimeSpan FirstToken { get; init; }
}

/// <summary>A piece of a caption while it is generated or, at the end, the whole caption.</summary>
public sealed record CaptionUpdate
{
    /// <summary>Text to append to what is already shown; empty in the last update.</summary>
    public required string Text { get; init; }

    /// <summary>The token's id, if this update is one token of a search that never takes a token back.</summary>
    public int? TokenId { get; init; }

    /// <summary>The token's log-probability under the unprocessed logits.</summary>
    public float? LogProbability { get; init; }

    /// <summary>The whole caption; only in the last update.</summary>
    public Caption? Caption { get; init; }

    /// <summary>Whether this comes from a <see cref="IPictureCache"/>.</summary>
    public bool WasKnown { get; init; }
}
