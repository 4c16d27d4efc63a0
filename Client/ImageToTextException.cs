using System.Net;

namespace ImageToText.Client;

/// <summary>
/// There is no answer; the exception says why. Such a request was not charged, unless its answer was lost on the way.
/// </summary>
public sealed class ImageToTextException : Exception
{
    internal ImageToTextException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>
    /// A stable code: the service's own, such as <c>invalid_image</c>, <c>budget_exhausted</c> or <c>rate_limited</c>, or one
    /// from <see cref="ClientErrorCode"/>.
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null if there was no answer, or if the error came inside a stream.</summary>
    public HttpStatusCode? StatusCode { get; internal init; }

    /// <summary>The request's id; null if the service gave none.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>How long to wait before retrying; null if the service did not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The cheapest offer's price in USD per pixel, if every offer was above the cap.</summary>
    public decimal? CheapestPricePerPixel { get; internal init; }

    /// <summary>
    /// Whether the same request may succeed later: overload (429), or a gateway without working nodes (502, 503, 504). The
    /// service charges nothing for these, so the client retries them.
    /// </summary>
    public bool IsTransient =>
        StatusCode
            is HttpStatusCode.TooManyRequests
                or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout;
}

/// <summary>The codes for errors that the client itself finds, in <see cref="ImageToTextException.Code"/>.</summary>
public static class ClientErrorCode
{
    /// <summary>The service can't be reached, or the connection broke.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>No answer within <see cref="ImageToTextClientOptions.Timeout"/>.</summary>
    public const string Timeout = "timeout";

    /// <summary>The answer is not a gateway's; another program may be listening there.</summary>
    public const string InvalidAnswer = "invalid_answer";

    /// <summary>The service refused without a readable code.</summary>
    public const string Unexplained = "unexplained";
}
