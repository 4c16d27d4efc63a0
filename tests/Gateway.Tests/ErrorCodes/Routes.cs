using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ImageToText.Gateway.Tests.ErrorCodes;

/// <summary>One picture sent over each route that captions.</summary>
internal static class Routes
{
    /// <summary>Each route, and where there is one, its stream.</summary>
    public static IEnumerable<(string Name, HttpRequestMessage Request, bool Streams)> OfPicture(byte[] picture, string model)
    {
        yield return ("form", Post("/image-to-text", Pictures.Form(picture)), false);
        yield return ("form, streamed", Post("/image-to-text", Pictures.Form(picture, ("stream", "true"))), true);
        yield return ("batch", Post("/image-to-text/batch", Pictures.Form(picture)), false);
        yield return ("hub bytes", Post("/models/" + model, new ByteArrayContent(picture)), false);
        foreach (var (name, path, body) in Bodies(picture, model))
        {
            yield return (name, Post(path, JsonContent.Create(body)), false);
            if (!name.StartsWith("hub", StringComparison.Ordinal))
            {
                body["stream"] = true;
                yield return (name + ", streamed", Post(path, JsonContent.Create(body)), true);
            }
        }
    }

    /// <summary>Each route with an option beside the picture.</summary>
    public static IEnumerable<(string Name, HttpRequestMessage Request)> WithOption(
        byte[] picture,
        string model,
        string option,
        JsonNode value
    )
    {
        string text = value is JsonValue one ? one.ToString() : value.ToJsonString();
        yield return ("form", Post("/image-to-text", Pictures.Form(picture, (option, text))));
        yield return ("batch", Post("/image-to-text/batch", Pictures.Form(picture, (option, text))));
        foreach (var (name, path, body) in Bodies(picture, model))
        {
            (name.StartsWith("hub", StringComparison.Ordinal) ? body["parameters"]! : body)[option] = value.DeepClone();
            yield return (name, Post(path, JsonContent.Create(body)));
        }
    }

    private static IEnumerable<(string Name, string Path, JsonObject Body)> Bodies(byte[] picture, string model)
    {
        string base64 = Convert.ToBase64String(picture);
        yield return ("json", "/image-to-text", new JsonObject { ["image"] = base64 });
        yield return ("hub json", "/models/" + model, new JsonObject { ["inputs"] = base64, ["parameters"] = new JsonObject() });
        yield return (
            "responses",
            "/v1/responses",
            new JsonObject
            {
                ["model"] = model,
                ["input"] = new JsonArray(
                    new JsonObject
                    {
                        ["role"] = "user",
                        ["content"] = new JsonArray(
                            new JsonObject { ["type"] = "input_image", ["image_url"] = "data:image/png;base64," + base64 }
                        ),
                    }
                ),
            }
        );
        yield return ("chat", "/v1/chat/completions", ChatBody.Of(base64, ("model", model)));
    }

    private static HttpRequestMessage Post(string path, HttpContent content) =>
        new(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
}
