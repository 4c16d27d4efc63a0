using ImageToText.Gateway.Errors;
using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Dialects.HuggingFace;

/// <summary>
/// Whether a caption is sent as a list or as an object. The Hub's Python client takes the first of a list, and its JavaScript
/// client an object. Neither says so, but the user agent tells them apart. Other clients say it: <c>?shape=list</c> or
/// <c>object</c>, or <c>Accept: application/json; shape=object</c>.
/// </summary>
internal static class AnswerShape
{
    /// <summary>Whether <paramref name="request"/> takes an object.</summary>
    /// <exception cref="RefusalException">400: a shape that does not exist.</exception>
    public static bool IsObject(HttpRequest request)
    {
        if ((Named(request.Query["shape"]) ?? Named(OfAccept(request))) is { } named)
        {
            return named;
        }

        string agent = request.Headers.UserAgent.ToString();
        // In a browser, the JavaScript client can't set its name, and the Python client does not run there.
        return agent.Contains("@huggingface/inference", StringComparison.OrdinalIgnoreCase)
            || agent.StartsWith("Mozilla/", StringComparison.OrdinalIgnoreCase);
    }

    private static bool? Named(string? shape) =>
        shape switch
        {
            null or "" => null,
            "object" => true,
            "list" => false,
            _ => throw Refusals.BadRequest("'shape' must be list or object.", "shape"),
        };

    private static string? OfAccept(HttpRequest request)
    {
        foreach (var type in request.GetTypedHeaders().Accept)
        {
            foreach (var parameter in type.Parameters)
            {
                if (parameter.Name.Equals("shape", StringComparison.OrdinalIgnoreCase))
                {
                    return HeaderUtilities.RemoveQuotes(parameter.Value).ToString();
                }
            }
        }

        return null;
    }
}
