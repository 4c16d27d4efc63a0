namespace ImageToText.Contracts;

/// <summary>
/// The answer to POST /image-to-text: <c>{"text"}</c>, like that of Livepeer's AI runner. With <c>details</c>, it also has the
/// model and how the caption was made.
/// </summary>
public sealed record CaptionResponse
{
    /// <summary>The caption, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The model that wrote it; only with details.</summary>
    public string? ModelId { get; init; }

    /// <summary>All that is known about it; only if you asked for it.</summary>
    public CaptionDetails? Details { get; init; }
}

/// <summary>How a caption was made.</summary>
public sealed record CaptionDetails
{
    /// <summary>All sequences asked for, best first.</summary>
    public required IReadOnlyList<CaptionSequenceDetails> Sequences { get; init; }

    /// <summary>exp(mean log-probability of the best sequence's tokens), in (0, 1].</summary>
    public required double Confidence { get; init; }

    /// <summary>The picture as it was decoded.</summary>
    public required CaptionImageDetails Image { get; init; }

    /// <summary>Where the time went, in milliseconds.</summary>
    public required CaptionTimingDetails Timings { get; init; }
}

/// <summary>One generated sequence.</summary>
public sealed record CaptionSequenceDetails
{
    /// <summary>The text, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The generated ids, without the start ids and the closing [SEP].</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>Natural logarithms of each id's probability, then that of the closing [SEP] if there is one.</summary>
    public required IReadOnlyList<float> LogProbabilities { get; init; }

    /// <summary>The text that each id added, in order; null if it is unknown, as with other runners.</summary>
    public IReadOnlyList<string>? Pieces { get; init; }

    /// <summary>The parts of the picture that it speaks of, in the order of its lines; null: none were asked for, or found.</summary>
    public IReadOnlyList<CaptionRegionDetails>? Regions { get; init; }

    /// <summary>The beam score.</summary>
    public required double Score { get; init; }

    /// <summary>stop (the model ended the caption) or length (the maximum number of tokens was reached).</summary>
    public required string FinishReason { get; init; }
}

/// <summary>A part of the picture that a caption speaks of, in pixels of the upright picture (after EXIF rotation), inside it.</summary>
public sealed record CaptionRegionDetails
{
    /// <summary>What is there; empty where the model names nothing.</summary>
    public required string Label { get; init; }

    /// <summary>Its left edge.</summary>
    public required double Left { get; init; }

    /// <summary>Its top edge.</summary>
    public required double Top { get; init; }

    /// <summary>Its right edge, never left of the left one.</summary>
    public required double Right { get; init; }

    /// <summary>Its bottom edge, never above the top one.</summary>
    public required double Bottom { get; init; }

    /// <summary>Its corners where it is no upright rectangle, each [x, y]; else null.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? Outline { get; init; }
}

/// <summary>A decoded picture.</summary>
/// <param name="Width">Pixels across, after EXIF rotation.</param>
/// <param name="Height">Pixels down, after EXIF rotation.</param>
/// <param name="Format">jpeg, png, gif, webp, bmp, tiff or avif.</param>
public sealed record CaptionImageDetails(int Width, int Height, string Format)
{
    /// <summary>What is missing of a file that ends early, in a sentence; null: nothing.</summary>
    public string? Warning { get; init; }
}

/// <summary>Milliseconds of each stage; the names are those of the Server-Timing header.</summary>
/// <param name="Queue">Waiting for a slot.</param>
/// <param name="Decode">Decoding the picture.</param>
/// <param name="Preprocess">Resizing and normalizing.</param>
/// <param name="Encode">The vision encoder.</param>
/// <param name="Generate">The decoder's steps.</param>
public sealed record CaptionTimingDetails(double Queue, double Decode, double Preprocess, double Encode, double Generate);
