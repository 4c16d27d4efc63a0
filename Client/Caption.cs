using ImageToText.Contracts;

namespace ImageToText.Client;

/// <summary>A caption as it was delivered.</summary>
public sealed record Caption
{
    /// <summary>The caption, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The model that wrote it; only with details.</summary>
    public string? ModelId { get; init; }

    /// <summary>How it was made; only if you asked for details.</summary>
    public CaptionDetails? Details { get; init; }

    /// <summary>What it cost and where it came from.</summary>
    public required CaptionReceipt Receipt { get; init; }
}

/// <summary>What the service reported about an answer.</summary>
public sealed record CaptionReceipt
{
    /// <summary>The request's id, as in the ledger; null if the service gave none.</summary>
    public string? RequestId { get; init; }

    /// <summary>What was charged, in USD; null if the service did not say (it may be another kind of gateway).</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>hit, miss or coalesced.</summary>
    public string? Cache { get; init; }

    /// <summary>The model's revision.</summary>
    public string? ModelRevision { get; init; }

    /// <summary>The node that made the caption; null if none did.</summary>
    public string? Node { get; init; }

    /// <summary>The time of each stage, in the form of the Server-Timing header.</summary>
    public string? ServerTiming { get; init; }
}

/// <summary>A step of a streamed caption: a piece of text or, at the end, the whole caption.</summary>
/// <param name="Piece">Text to append to the earlier pieces; null in the last update.</param>
/// <param name="Whole">The whole caption; null except in the last update.</param>
public readonly record struct CaptionUpdate(CaptionPiece? Piece, Caption? Whole);
