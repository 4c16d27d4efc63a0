using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.ServiceDefaults.Events;

/// <summary>An answer that reaches the caller piece by piece.</summary>
public static class StreamedResponse
{
    /// <summary>Sets what such an answer needs before its first piece; does nothing after it.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="contentType">Its media type.</param>
    public static void Begin(HttpResponse response, string contentType)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.ContentType = contentType;
        response.Headers.CacheControl = "no-cache, no-store";
        // Tells reverse proxies that buffer answers not to.
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
