using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;
using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Diagnostics;

namespace ImageToText.Gateway.Dialects;

/// <summary>What no route answers gets an error in the shape of the dialect that its path belongs to, instead of an empty answer.</summary>
internal static class UnknownPaths
{
    // The first that fits.
    private static readonly (string Path, Type Dialect)[] Places =
    [
        ("/v1", typeof(OpenAiDialect)),
        ("/api/v1/vision", typeof(VisionDialect)),
        ("/api", typeof(OllamaDialect)),
        ("/sdapi", typeof(InterrogationDialect)),
        ("/hf-inference", typeof(HuggingFaceDialect)),
        ("", typeof(NativeDialect)),
    ];

    /// <summary>Fills in answers without a body.</summary>
    public static void UseErrorsForUnknownPaths(this WebApplication app) => app.UseStatusCodePages(WriteAsync);

    private static async Task WriteAsync(StatusCodeContext status)
    {
        var http = status.HttpContext;
        var refusal = http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Refusals.UnknownPath(http.Request.Path),
            StatusCodes.Status405MethodNotAllowed => Refusals.WrongMethod(
                http.Request.Method,
                http.Request.Path,
                http.Response.Headers.Allow.ToString()
            ),
            StatusCodes.Status415UnsupportedMediaType => Refusals.UnsupportedContentType(http.Request.ContentType, "application/json"),
            _ => null,
        };
        if (refusal is not null)
        {
            var services = http.RequestServices;
            var type = Places.First(place => http.Request.Path.StartsWithSegments(place.Path, StringComparison.OrdinalIgnoreCase)).Dialect;
            await services
                .GetRequiredService<CaptionEndpoint>()
                .GuardAsync(http, (IDialect)services.GetRequiredService(type), _ => throw refusal);
        }
    }
}
