using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>
/// What Ollama says at <c>/</c>. Programs look for these words before they send anything. Whoever asks for HTML, as browsers do, gets
/// the page instead.
/// </summary>
internal static class OllamaGreeting
{
    private const string Words = "Ollama is running";

    public static void UseOllamaGreeting(this WebApplication app) =>
        app.Use(
            static async (http, next) =>
            {
                if (IsAskedFor(http.Request))
                {
                    http.Response.ContentType = "text/plain; charset=utf-8";
                    http.Response.ContentLength = Words.Length;
                    http.Response.Headers.Vary = HeaderNames.Accept;
                    if (HttpMethods.IsGet(http.Request.Method))
                    {
                        await http.Response.WriteAsync(Words, http.RequestAborted);
                    }

                    return;
                }

                await next(http);
            }
        );

    private static bool IsAskedFor(HttpRequest request) =>
        request.Path.Value is "" or "/"
        && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Headers.Accept.ToString().Contains("html", StringComparison.OrdinalIgnoreCase);
}
