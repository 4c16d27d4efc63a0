using ImageToText.Contracts;

namespace ImageToText.Gateway.Errors;

/// <summary>Why a request got no caption, in terms that every dialect can express. A refusal is never billed.</summary>
/// <param name="Status">
/// HTTP status: 4xx if the caller is at fault or the service is overloaded, 502 and 503 if we are at fault.
/// </param>
/// <param name="Code">A stable code for programs, for example <c>image_too_large</c>.</param>
/// <param name="Message">What was wrong, with what, and what to do about it.</param>
public sealed record Refusal(int Status, string Code, string Message)
{
    /// <summary>A refusal of a known kind.</summary>
    /// <param name="kind">Its row in <see cref="ErrorCodeTable"/>.</param>
    /// <param name="message">What was wrong, with what, and what to do about it.</param>
    public Refusal(ErrorCode kind, string message)
        : this(kind.Status, kind.Code, message) { }

    /// <summary>When to come back; every 429 has it.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Seconds until a model should be loaded, if that is the reason; otherwise null.</summary>
    public double? EstimatedSeconds { get; init; }

    /// <summary>The cheapest offer's price in USD per pixel, if every offer exceeded the caller's cap.</summary>
    public decimal? CheapestPricePerPixel { get; init; }

    /// <summary>The invalid parameter, if there is one.</summary>
    public string? Parameter { get; init; }

    /// <summary>The node asked last; null: none was. Operators see it, callers don't.</summary>
    public string? NodeId { get; init; }
}

/// <summary>Ends a request with a <see cref="Errors.Refusal"/>.</summary>
public sealed class RefusalException : Exception
{
    /// <summary>Ends the request with <paramref name="refusal"/>.</summary>
    public RefusalException(Refusal refusal)
        : base(refusal.Message) => Refusal = refusal;

    /// <summary>Ends the request with <paramref name="refusal"/>, and keeps its cause.</summary>
    public RefusalException(Refusal refusal, Exception? inner)
        : base(refusal.Message, inner) => Refusal = refusal;

    /// <summary>What to tell the caller.</summary>
    public Refusal Refusal { get; }

    /// <summary>Whether it has been counted. Several places may catch it on its way to the caller.</summary>
    internal bool IsCounted { get; set; }
}
