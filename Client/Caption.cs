using ImageToText.Contracts;

namespace ImageToText.Client;

/// <summary>A caption as it was delivered.</summary>
public sealed record Caption
{
    /// <summary>The caption, the prompt included.</summary>
    public required string Text { get; init; }

    /// <summary>The model that wrote it; only with details.</summary>
    public string? ModelId { get; init; }

    /// <summary>How it came about; only where asked for.</summary>
    public CaptionDetails? Details { get; init; }

    /// <summary>What it cost, and where it came from.</summary>
    public required CaptionReceipt Receipt { get; init; }
}

/// <summary>What the service told about an answer.</summary>
public sealed record CaptionReceipt
{
    /// <summary>The request's id, as in the ledger; null: the service told none.</summary>
    public string? RequestId { get; init; }

    /// <summary>What was charged, in USD; null: the service told nothing (a gateway of another make).</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>hit, miss or coalesced.</summary>
    public string? Cache { get; init; }

    /// <summary>The model's revision.</summary>
    public string? ModelRevision { get; init; }

    /// <summary>The node that captioned; null: none did.</summary>
    public string? Node { get; init; }

    /// <summary>The stages' times, in the form of the Server-Timing header.</summary>
    public string? ServerTiming { get; init; }
}

/// <summary>A step of a streamed caption: a piece of text, or (last) the whole.</summary>
/// <param name="Piece">Text to append to the pieces before; null in the last update.</param>
/// <param name="Whole">The whole caption; null but in the last update.</param>
public readonly record struct CaptionUpdate(CaptionPiece? Piece, Caption? Whole);
