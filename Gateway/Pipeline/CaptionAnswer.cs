using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;

namespace ImageToText.Gateway.Pipeline;

/// <summary>A caption on its way to the caller: whole, or in pieces.</summary>
internal sealed record CaptionAnswer
{
    /// <summary>The caption with everything known about it; null: it comes in <see cref="Updates"/>.</summary>
    public CaptionResponse? Whole { get; init; }

    /// <summary>The caption in pieces, the last with the whole caption; null: it is in <see cref="Whole"/>.</summary>
    public IAsyncEnumerable<AnswerUpdate>? Updates { get; init; }

    /// <summary>The model that wrote it.</summary>
    public required string ModelId { get; init; }

    /// <summary>Its revision; null: unknown (foreign nodes).</summary>
    public string? ModelRevision { get; init; }

    /// <summary>How the caption was obtained.</summary>
    public CacheOutcome Cache { get; init; } = CacheOutcome.Miss;

    /// <summary>What it costs, who pays, and which node made it.</summary>
    public required Charge Charge { get; init; }

    /// <summary>What was reserved for it.</summary>
    public required Reservation Reservation { get; init; }

    /// <summary>Whether it was given before, to a request with the same idempotency key.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Whether the model could do nothing with what the caller said in a conversation.</summary>
    public bool PromptIgnored { get; init; }

    /// <summary>The stages' times as the node reported them, in the form of the Server-Timing header; null: it did not.</summary>
    public string? ServerTiming { get; init; }

    /// <summary>How the caption was obtained, as spelled in the header <c>x-cache</c>.</summary>
    public string CacheWord =>
        Cache switch
        {
            CacheOutcome.Hit => "hit",
            CacheOutcome.Coalesced => "coalesced",
            _ => "miss",
        };

    /// <summary>Tokens generated for a caption in all its sequences; null: unknown (foreign nodes).</summary>
    public static int? TokensOf(CaptionResponse caption) => caption.Details?.Sequences.Sum(static sequence => sequence.TokenIds.Count);
}

/// <summary>One piece of a caption or, at the end, the whole caption.</summary>
/// <param name="Piece">Text to append; null in the last update.</param>
/// <param name="Whole">The whole caption; null except in the last update.</param>
internal readonly record struct AnswerUpdate(CaptionPiece? Piece, CaptionResponse? Whole);
