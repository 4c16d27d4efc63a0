using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageToText.TestSupport;

/// <summary>Requests that no client should send, in every dialect, and the reading of their answers.</summary>
public static class HostileRequests
{
    private const string Batch = "/image-to-text/batch";

    /// <summary>The number of mutations: the given one, or IMAGETOTEXT_MUTATIONS for a long run.</summary>
    public static int MutationsOr(int usual) =>
        int.TryParse(
            Environment.GetEnvironmentVariable("IMAGETOTEXT_MUTATIONS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int count
        )
            ? count
            : usual;

    /// <summary>The routes that caption.</summary>
    public static IReadOnlyList<string> Paths(string model) =>
        ["/image-to-text", Batch, "/models/" + model, "/hf-inference/models/" + model, "/v1/chat/completions"];

    /// <summary>One picture in every dialect.</summary>
    public static IEnumerable<(string Dialect, HttpRequestMessage Request)> OfPicture(byte[] picture, string model)
    {
        yield return ("form", new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(picture) });
        yield return ("batch", new HttpRequestMessage(HttpMethod.Post, Batch) { Content = Pictures.Form(picture) });
        foreach (var (dialect, path, type, body) in Encoded(picture, model))
        {
            yield return (dialect, Post(path, type, body));
        }
    }

    /// <summary>Bodies without a picture, or not of the stated kind, in every dialect.</summary>
    public static IEnumerable<(string Name, HttpRequestMessage Request)> OfBodies(string model)
    {
        byte[] picture = Pictures.Png(64, 64);
        string filler = new string('x', 100_000);
        foreach (string path in Paths(model))
        {
            foreach (
                string? text in new[]
                {
                    "",
                    "{",
                    "null",
                    "[]",
                    "7",
                    "\"text\"",
                    "{}",
                    "{\"image\":7,\"inputs\":7,\"messages\":7}",
                    "{\"image\":null,\"inputs\":null,\"messages\":null}",
                    "{\"image\":\"\",\"inputs\":\"\",\"messages\":[]}",
                    "{\"image\":\"***\",\"inputs\":\"***\",\"messages\":[7]}",
                    "{\"inputs\":{},\"image\":{},\"messages\":[{\"content\":[{\"type\":\"image_url\"}]}]}",
                    "{\"image\":\"data:image/png,abc\",\"inputs\":\"data:image/png,abc\","
                        + "\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":\"data:image/png,abc\"}]}]}",
                    string.Concat(Enumerable.Repeat("[", 10_000)),
                    string.Concat(Enumerable.Repeat("{\"a\":", 5_000)),
                    "\u00ff\u0000",
                    "{\"image\":\"" + filler + "\",\"inputs\":\"" + filler + "\",\"messages\":\"" + filler + "\"}",
                }
            )
            {
                yield return ($"{path} {text[..Math.Min(20, text.Length)]}", Post(path, "application/json", Encoding.UTF8.GetBytes(text)));
            }

            yield return (path + " as text", Post(path, "text/plain", "hello"u8.ToArray()));
            yield return (path + " as a form without boundary", Post(path, "multipart/form-data", picture));
            yield return (
                path + " as a form without end",
                Post(
                    path,
                    "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"u8.ToArray()
                )
            );
            yield return (
                path + " as a nameless form",
                Post(path, "multipart/form-data; boundary=b", "--b\r\n\r\nhello\r\n--b--\r\n"u8.ToArray())
            );
            yield return (
                path + " as a form without pictures",
                Post(
                    path,
                    "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na\r\n--b--\r\n"u8.ToArray()
                )
            );
            var encoded = Post(path, "application/json", picture);
            encoded.Content!.Headers.ContentEncoding.Add("gzip");
            yield return (path + " compressed", encoded);
        }
    }

    /// <summary>Valid requests of every dialect in turn, each damaged at random. They are the same each time.</summary>
    public static async IAsyncEnumerable<(string Mutation, Verdict Verdict)> AskMutatedAsync(
        HttpClient http,
        string model,
        int mutations,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var random = new Random(20260131);
        var good = Good(model);
        for (int i = 0; i < mutations; i++)
        {
            var (path, type, body) = good[i % good.Count];
            using var request = Post(path, type, Mutate(random, body));
            yield return ($"mutation {i} of {path}", await AskAsync(http, request, cancellationToken));
        }
    }

    /// <summary>Valid requests as bytes, to be mutated.</summary>
    private static IReadOnlyList<(string Path, string Type, byte[] Body)> Good(string model)
    {
        byte[] picture = Pictures.Png(64, 64);
        using var form = Pictures.Form(picture);
        using var memory = new MemoryStream();
        form.CopyTo(memory, null, CancellationToken.None);
        string type = form.Headers.ContentType!.ToString();
        return
        [
            ("/image-to-text", type, memory.ToArray()),
            (Batch, type, memory.ToArray()),
            .. Encoded(picture, model).Select(static request => (request.Path, request.Type, request.Body)),
        ];
    }

    /// <summary>Damages a body in one to five places.</summary>
    private static byte[] Mutate(Random random, byte[] body)
    {
        var mutated = body.ToList();
        for (int times = random.Next(1, 6); times > 0 && mutated.Count > 0; times--)
        {
            int at = random.Next(mutated.Count);
            int length = Math.Min(random.Next(1, 32), mutated.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, length);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, length));
                    break;
                case 3:
                    mutated.RemoveRange(at, mutated.Count - at);
                    break;
                default:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. mutated];
    }

    /// <summary>A request with a body of this type.</summary>
    public static HttpRequestMessage Post(string path, string type, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
    }

    /// <summary>Sends a request and reads the outcome.</summary>
    public static async Task<Verdict> AskAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string path = request.RequestUri!.ToString();
        using var answer = await http.SendAsync(request, cancellationToken);
        int status = (int)answer.StatusCode;
        string body = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (status != 200)
        {
            return new Verdict(status, 0, IsOfDialect(path, body), answer.Headers.Contains("x-cost-usd"), body);
        }

        if (path != Batch)
        {
            // A conversation without a picture is answered without a caption.
            bool isCaption = answer.Headers.Contains("x-cache");
            return new Verdict(status, isCaption ? 1 : 0, true, isCaption, body);
        }

        var entries = JsonNode.Parse(body)!["results"]!.AsArray();
        var refused = entries.Where(static entry => entry!["error"] is not null).ToArray();
        return new Verdict(
            refused.Length == 0 ? status : refused.Max(static entry => (int)entry!["status"]!),
            entries.Count - refused.Length,
            refused.All(static entry =>
                entry!["error"]!["code"] is not null && entry["error"]!["message"] is not null && entry["request_id"] is not null
            ),
            refused.Any(static entry => (decimal)entry!["cost_usd"]! > 0),
            body
        );
    }

    private static IEnumerable<(string Dialect, string Path, string Type, byte[] Body)> Encoded(byte[] picture, string model)
    {
        string base64 = Convert.ToBase64String(picture);
        yield return ("native json", "/image-to-text", "application/json", Bytes(new JsonObject { ["image"] = base64, ["num_beams"] = 2 }));
        yield return ("hub bytes", "/models/" + model, "image/png", picture);
        yield return (
            "hub json",
            "/hf-inference/models/" + model,
            "application/json",
            Bytes(
                new JsonObject
                {
                    ["inputs"] = base64,
                    ["parameters"] = new JsonObject { ["max_new_tokens"] = 9 },
                }
            )
        );
        yield return ("chat", "/v1/chat/completions", "application/json", Bytes(ChatBody.Of(base64)));
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static bool IsOfDialect(string path, string body)
    {
        try
        {
            var error = JsonNode.Parse(body)?["error"];
            return path.Contains("/models/", StringComparison.Ordinal) ? error?.GetValueKind() == JsonValueKind.String
                : path.Contains("/v1/", StringComparison.Ordinal)
                    ? error?["type"] is not null && error["message"] is not null && error["code"] is not null
                : error?["request_id"] is not null && error["message"] is not null && error["code"] is not null;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>The outcome of a request.</summary>
/// <param name="Status">Its status, or for a batch that of its worst picture.</param>
/// <param name="Delivered">Captions delivered.</param>
/// <param name="IsOfDialect">Whether its refusal has the shape of the request's dialect.</param>
/// <param name="IsBilled">Whether it was charged.</param>
/// <param name="Body">The answer.</param>
public sealed record Verdict(int Status, int Delivered, bool IsOfDialect, bool IsBilled, string Body)
{
    /// <summary>Whether it is reported as the caller's fault, in the right dialect and free of charge.</summary>
    public bool IsRefusedProperly => Status is >= 400 and < 500 and not 429 && IsOfDialect && !IsBilled;
}
