using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// One way to ask for a caption over HTTP. It is an adapter for the common pipeline: it reads a request, writes an answer or an
/// error, and decides nothing else.
/// </summary>
internal interface IDialect
{
    /// <summary>Reads the request's body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="admitted">The caller, and the request's id.</param>
    /// <returns>The request; null: it asked for no caption, and the dialect has answered it free of charge.</returns>
    /// <exception cref="RefusalException">The request can't be accepted.</exception>
    Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted);

    /// <summary>Writes a caption, whole or in pieces. <see cref="AnswerHeaders"/> are already set.</summary>
    Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer);

    /// <summary>Writes why there is no caption. Status, x-request-id and Retry-After are already set.</summary>
    Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId);
}

/// <summary>A request that was admitted.</summary>
/// <param name="RequestId">Its id.</param>
/// <param name="Caller">The caller.</param>
/// <param name="At">When it was admitted, as a timestamp of the gateway's clock.</param>
internal sealed record Admitted(string RequestId, KeyGrant Caller, long At)
{
    /// <summary>The request to caption a picture, from the cache and for it as the caller's Cache-Control says.</summary>
    /// <param name="http">The caller's request.</param>
    /// <param name="picture">The picture, which now belongs to the request.</param>
    /// <param name="parameters">Prompt and options.</param>
    public CaptionRequest Caption(HttpContext http, Picture picture, CaptionParameters parameters)
    {
        var cache = http.Request.GetTypedHeaders().CacheControl;
        return new CaptionRequest
        {
            RequestId = RequestId,
            Caller = Caller,
            AdmittedAt = At,
            Picture = picture,
            Parameters = parameters,
            ReadsCache = cache is not ({ NoCache: true } or { NoStore: true }),
            WritesCache = cache is not { NoStore: true },
        };
    }
}
