namespace ImageToText.Gateway.Errors;

/// <summary>
/// Why a request got no caption, in terms every dialect can write down. A refusal is never billed.
/// </summary>
/// <param name="Status">HTTP status: 4xx for faults of the caller and overload, 502 and 503 for faults of ours.</param>
/// <param name="Code">A stable word for programs, e.g. <c>image_too_large</c>.</param>
/// <param name="Message">What was wrong, with what, and what to do about it.</param>
public sealed record Refusal(int Status, string Code, string Message)
{
    /// <summary>When to come back; set on every 429.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Seconds until a model is expected to be loaded, where that is the reason; null otherwise.</summary>
    public double? EstimatedSeconds { get; init; }

    /// <summary>USD per pixel of the cheapest offer, where every offer was dearer than the caller's cap.</summary>
    public decimal? CheapestPricePerPixel { get; init; }

    /// <summary>The parameter at fault, where one is.</summary>
    public string? Parameter { get; init; }

    /// <summary>The node asked last; null: none was. For operators: callers are not told.</summary>
    public string? NodeId { get; init; }
}

/// <summary>Ends a request with a <see cref="Errors.Refusal"/>.</summary>
public sealed class RefusalException : Exception
{
    /// <summary>Ends the request with <paramref name="refusal"/>.</summary>
    public RefusalException(Refusal refusal)
        : base(refusal.Message) => Refusal = refusal;

    /// <summary>Ends the request with <paramref name="refusal"/>, keeping what caused it.</summary>
    public RefusalException(Refusal refusal, Exception? inner)
        : base(refusal.Message, inner) => Refusal = refusal;

    /// <summary>What to tell the caller.</summary>
    public Refusal Refusal { get; }

    /// <summary>Whether it is among the refusals counted: more than one on its way to the caller may catch it.</summary>
    internal bool IsCounted { get; set; }
}
