using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Pipeline;

/// <summary>What every dialect turns its request into, and all that the pipeline's steps know about it.</summary>
internal sealed record CaptionRequest
{
    /// <summary>Made by this gateway and never taken from the caller, because the ledger stores each id once.</summary>
    public required string RequestId { get; init; }

    /// <summary>The caller, whose key pays.</summary>
    public required KeyGrant Caller { get; init; }

    /// <summary>The picture. Whoever read the request disposes of it.</summary>
    public required Picture Picture { get; init; }

    /// <summary>Prompt and options.</summary>
    public required CaptionParameters Parameters { get; init; }

    /// <summary>
    /// What the caller says in a conversation; empty: nothing. The model gets it if it can use it. Null: this is no conversation, and a
    /// prompt that the model can't use is refused.
    /// </summary>
    public string? ChatText { get; init; }

    /// <summary>The requested model; null: the network's default.</summary>
    public string? ModelId { get; init; }

    /// <summary>Whether to send pieces as they are generated.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether to return ids, probabilities and all sequences.</summary>
    public bool Details { get; init; }

    /// <summary>The most that the request pays, in USD per pixel; null: it has no cap.</summary>
    public decimal? MaxPricePerPixel { get; init; }

    /// <summary>
    /// The share of a node's price that is charged: less than 1 if the same caption was paid lately and is only missing because the
    /// cache is away.
    /// </summary>
    public decimal PriceShare { get; init; } = 1;

    /// <summary>Whether it is an item of a job: whoever waits for a caption goes first.</summary>
    public bool IsItem { get; init; }

    /// <summary>How many tries of the item have failed before this one.</summary>
    public int Failures { get; init; }

    /// <summary>How often the item has waited for a node.</summary>
    public int Pauses { get; init; }

    /// <summary>The factor for its price: 1, or that of jobs.</summary>
    public decimal PriceFactor { get; init; } = 1;

    /// <summary>Whether a cached caption may be the answer (no <c>Cache-Control: no-cache</c>).</summary>
    public bool ReadsCache { get; init; } = true;

    /// <summary>Whether its caption may be cached (no <c>Cache-Control: no-store</c>).</summary>
    public bool WritesCache { get; init; } = true;

    /// <summary>
    /// Whether to wait for a model that must be loaded first. Otherwise the answer says when it should be ready.
    /// </summary>
    public bool WaitsForModel { get; init; } = true;

    /// <summary>Its idempotency key; null: it has none.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>When it was admitted, as a timestamp of the gateway's clock.</summary>
    public required long AdmittedAt { get; init; }
}
