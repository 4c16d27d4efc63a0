using System.Net;

namespace ImageToText.Contracts.Client;

/// <summary>The pricing service answered with an error.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">The error's code, such as <c>not_found</c>.</param>
/// <param name="message">What was wrong, with what, and what to do.</param>
public sealed class PricingException(HttpStatusCode status, string code, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The error's code.</summary>
    public string Code { get; } = code;
}
