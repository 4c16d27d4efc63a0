using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;

namespace ImageToText.Gateway.Pipeline;

/// <summary>A caption on its way to the caller: whole, or in pieces.</summary>
internal sealed record CaptionAnswer
{
    /// <summary>The caption with all that is known of it; null: it comes in <see cref="Updates"/>.</summary>
    public CaptionResponse? Whole { get; init; }

    /// <summary>The caption in pieces, the last with the whole; null: it is in <see cref="Whole"/>.</summary>
    public IAsyncEnumerable<AnswerUpdate>? Updates { get; init; }

    /// <summary>The model that wrote it.</summary>
    public required string ModelId { get; init; }

    /// <summary>Its revision; null: not known (foreign nodes).</summary>
    public string? ModelRevision { get; init; }

    /// <summary>How the caption came about.</summary>
    public CacheOutcome Cache { get; init; } = CacheOutcome.Miss;

    /// <summary>What it costs, who pays, and which node captioned.</summary>
    public required Charge Charge { get; init; }

    /// <summary>What was set aside for it.</summary>
    public required Reservation Reservation { get; init; }

    /// <summary>The stages' times as the node told them, in the form of the Server-Timing header; null: it did not.</summary>
    public string? ServerTiming { get; init; }

    /// <summary>How the caption came about, as the header <c>x-cache</c> spells it.</summary>
    public string CacheWord =>
        Cache switch
        {
            CacheOutcome.Hit => "hit",
            CacheOutcome.Coalesced => "coalesced",
            _ => "miss",
        };

    /// <summary>Tokens generated for a caption, all its sequences together; null: not known (foreign nodes).</summary>
    public static int? TokensOf(CaptionResponse caption) => caption.Details?.Sequences.Sum(static sequence => sequence.TokenIds.Count);
}

/// <summary>One piece of a caption, or (last) the whole.</summary>
/// <param name="Piece">Text to append; null in the last update.</param>
/// <param name="Whole">The whole caption; null but in the last update.</param>
internal readonly record struct AnswerUpdate(CaptionPiece? Piece, CaptionResponse? Whole);
