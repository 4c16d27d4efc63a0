using System.Text.Json.Nodes;

namespace ImageToText.Client.Jobs;

/// <summary>What a job captions, and how. Give one of <see cref="Addresses"/>, <see cref="Folder"/> and <see cref="Bucket"/>.</summary>
public sealed record JobRequest
{
    /// <summary>The pictures' web addresses, of hosts that the gateway's operator allows.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>A folder that the gateway's operator opened, or a path in it, such as photos/2026.</summary>
    public string? Folder { get; init; }

    /// <summary>A bucket that the gateway's operator opened.</summary>
    public string? Bucket { get; init; }

    /// <summary>What the keys of the bucket's pictures begin with, such as 2026/; null: all of them.</summary>
    public string? Prefix { get; init; }

    /// <summary>The key of the bucket's object that gets all results as JSON lines at the end; null: none does.</summary>
    public string? ResultsKey { get; init; }

    /// <summary>Whether to write each caption into a text file beside its picture too.</summary>
    public bool Sidecars { get; init; }

    /// <summary>The most that the job may cost by its quote, in USD; beyond, it is not started. Null: any sum.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>The time allowed, in hours or days, such as 24h or 7d; null: 7 days.</summary>
    public string? CompletionWindow { get; init; }

    /// <summary>What to tell of the job's end; null: nothing.</summary>
    public JobWebhook? Webhook { get; init; }

    /// <summary>
    /// The options of each picture; null: the model's own. <see cref="CaptionOptions.Cache"/> doesn't count: a job reads and keeps.
    /// </summary>
    public CaptionOptions? Options { get; init; }

    /// <summary>More fields of the request, by their names in the API; null: none.</summary>
    public JsonObject? Fields { get; init; }
}

/// <summary>What is told of a job's end, by a signed notice.</summary>
/// <param name="Url">An https address of a host that the gateway's operator allows.</param>
/// <param name="Secret">What signs the notice, as in Standard Webhooks: <c>whsec_</c> and 24 to 64 random bytes in base64.</param>
public sealed record JobWebhook(Uri Url, string Secret);
