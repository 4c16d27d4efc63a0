using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Pipeline;

/// <summary>What every dialect turns its request into, and all that the steps of the pipeline know of it.</summary>
internal sealed record CaptionRequest
{
    /// <summary>Made by this gateway, never taken from the caller: the ledger keeps each id once.</summary>
    public required string RequestId { get; init; }

    /// <summary>Whose key pays.</summary>
    public required KeyGrant Caller { get; init; }

    /// <summary>The picture; whoever read the request disposes of it.</summary>
    public required Picture Picture { get; init; }

    /// <summary>Prompt and options.</summary>
    public required CaptionParameters Parameters { get; init; }

    /// <summary>The model asked for; null: the network's default.</summary>
    public string? ModelId { get; init; }

    /// <summary>Whether pieces are wanted as they are generated.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether ids, probabilities and all sequences are wanted.</summary>
    public bool Details { get; init; }

    /// <summary>The most the request pays, in USD per pixel; null: it names no cap.</summary>
    public decimal? MaxPricePerPixel { get; init; }

    /// <summary>Whether a known caption may answer it (no <c>Cache-Control: no-cache</c>).</summary>
    public bool ReadsCache { get; init; } = true;

    /// <summary>Whether its caption may be kept (no <c>Cache-Control: no-store</c>).</summary>
    public bool WritesCache { get; init; } = true;

    /// <summary>Whether a model that must be loaded first is waited for; else the answer is when it is expected to be there.</summary>
    public bool WaitsForModel { get; init; } = true;

    /// <summary>When it was admitted, as a timestamp of the gateway's clock.</summary>
    public required long AdmittedAt { get; init; }
}
