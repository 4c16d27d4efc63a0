using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// One way of asking for a caption over HTTP. An adapter over the one pipeline: it reads a request, writes an answer, writes an error,
/// and decides nothing else.
/// </summary>
internal interface IDialect
{
    /// <summary>Reads the request's body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="admitted">Who asks, and under which id.</param>
    /// <exception cref="RefusalException">The request can't be taken.</exception>
    Task<CaptionRequest> ReadAsync(HttpContext http, Admitted admitted);

    /// <summary>Writes a caption, whole or in pieces; <see cref="AnswerHeaders"/> are set already.</summary>
    Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer);

    /// <summary>Writes why there is no caption; status, x-request-id and Retry-After are set already.</summary>
    Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId);
}

/// <summary>A request that was let in.</summary>
/// <param name="RequestId">Its id.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="At">When, as a timestamp of the gateway's clock.</param>
internal sealed record Admitted(string RequestId, KeyGrant Caller, long At);
