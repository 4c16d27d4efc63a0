using System.Net;

namespace ImageToText.Client;

/// <summary>There is no answer, and why. A request that ends so was not charged, unless its answer was lost on the way.</summary>
public sealed class ImageToTextException : Exception
{
    internal ImageToTextException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>
    /// A stable word: the service's own, such as <c>invalid_image</c>, <c>budget_exhausted</c> or <c>rate_limited</c>, or one of
    /// <see cref="ClientErrorCode"/>.
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null: there was no answer, or the fault came inside a stream that had begun.</summary>
    public HttpStatusCode? StatusCode { get; internal init; }

    /// <summary>The request's id; null: the service told none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>When to come back; null: the service told none.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>USD per pixel of the cheapest offer, where every offer was dearer than the cap.</summary>
    public decimal? CheapestPricePerPixel { get; internal init; }

    /// <summary>
    /// Whether the same request may get an answer later: overload (429), or a gateway without nodes that work (502, 503, 504). The
    /// service charges nothing with any of them, so the client repeats them.
    /// </summary>
    public bool IsTransient =>
        StatusCode
            is HttpStatusCode.TooManyRequests
                or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout;
}

/// <summary>The codes of faults that the client finds, in <see cref="ImageToTextException.Code"/>.</summary>
public static class ClientErrorCode
{
    /// <summary>The service can't be reached, or the connection broke.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>No answer within <see cref="ImageToTextClientOptions.Timeout"/>.</summary>
    public const string Timeout = "timeout";

    /// <summary>The answer is not what a gateway answers: another program may listen there.</summary>
    public const string InvalidAnswer = "invalid_answer";

    /// <summary>A refusal without a code that can be read.</summary>
    public const string Unexplained = "unexplained";
}
