using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Pages.Tests.Browsing;
using ImageToText.Pages.Tests.Playground;

namespace ImageToText.Pages.Tests.Reference;

/// <summary>The OpenAPI document's examples are correct: each request is sent, and each answer has the documented shape.</summary>
[Collection(typeof(OneAtATime))]
public sealed class ExampleTests(PagesCluster cluster)
{
    private static readonly string[] Elsewhere = ["/operations/", "/v1/files", "/v1/batches", "/jobs"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_example_is_answered_as_shown()
    {
        var document = JsonNode.Parse(await cluster.Http.GetStringAsync("/openapi/v1.json", Cancelled))!;
        string operator_ = await cluster.MakeKeyAsync("""{"name":"examples","scopes":["caption","operate"]}""");
        int sent = 0;
        var faults = new List<string>();
        // Operator routes change nodes, prices and keys that other tests rely on, and jobs need files that were uploaded before
        // or an open folder. The gateway's own tests send those. Deletions come last.
        foreach (
            var (path, method, operation) in Operations(document)
                .Where(static operation => !Elsewhere.Any(place => operation.Path.StartsWith(place, StringComparison.Ordinal)))
                .OrderBy(static operation => operation.Method == "DELETE")
        )
        {
            string url = await FillAsync(path, operation);
            foreach (var (name, content) in Bodies(operation))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), url) { Content = content };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", operator_);
                // A caption that other tests have already requested would be streamed in one piece.
                request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
                using var answer = await cluster.Http.SendAsync(request, Cancelled);
                string text = await answer.Content.ReadAsStringAsync(Cancelled);
                sent++;
                if (Fault(operation, answer, text) is { } fault)
                {
                    faults.Add($"{method} {url} ({name}): {fault}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        Assert.True(sent >= 20, $"Only {sent} examples were sent.");
    }

    private static IEnumerable<(string Path, string Method, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!
            .AsObject()
            .SelectMany(static path => path.Value!.AsObject().Select(method => (path.Key, method.Key.ToUpperInvariant(), method.Value!)));

    private static IEnumerable<(string Name, HttpContent? Content)> Bodies(JsonNode operation)
    {
        if (operation["requestBody"]?["content"] is not JsonObject contents)
        {
            yield return ("no body", null);
            yield break;
        }

        foreach (var (type, media) in contents)
        {
            foreach (var (name, example) in media!["examples"]!.AsObject())
            {
                yield return ($"{type} {name}", Body(type, example!));
            }
        }
    }

    private static HttpContent Body(string type, JsonNode example)
    {
        if (example["externalValue"] is { } file)
        {
            return Picture(Path.GetFileName((string)file!));
        }

        if (type != "multipart/form-data")
        {
            return new StringContent(example["value"]!.ToJsonString(), Encoding.UTF8, type);
        }

        var form = new MultipartFormDataContent();
        foreach (var (name, value) in example["value"]!.AsObject())
        {
            foreach (string? text in (value is JsonArray many ? many.AsEnumerable() : [value]).Select(static one => (string)one!))
            {
                if (name.StartsWith("image", StringComparison.Ordinal))
                {
                    form.Add(Picture(text), name, text);
                }
                else
                {
                    form.Add(new StringContent(text), name);
                }
            }
        }

        return form;
    }

    private static ByteArrayContent Picture(string sample)
    {
        var content = new ByteArrayContent(File.ReadAllBytes(PagesCluster.Sample(sample)));
        content.Headers.ContentType = new MediaTypeHeaderValue(
            sample.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg"
        );
        return content;
    }

    private static string? Fault(JsonNode operation, HttpResponseMessage answer, string text)
    {
        if (operation["responses"]![$"{(int)answer.StatusCode}"]?["content"] is not { } shown || !answer.IsSuccessStatusCode)
        {
            return $"status {(int)answer.StatusCode}: {text}";
        }

        string type = answer.Content.Headers.ContentType!.MediaType!;
        return shown[type]?["example"] is not { } example ? $"answered as {type}, which the document does not show"
            : type == "text/event-stream" ? EventFault((string)example!, text)
            : ShapeFault(example, JsonNode.Parse(text)!, "$");
    }

    // Lines of the same kinds: data and event names.
    private static string? EventFault(string shown, string sent)
    {
        static string[] Names(string text) =>
            [.. text.Split('\n').Where(static line => line.StartsWith("event:", StringComparison.Ordinal) || line == "data: [DONE]")];
        return !sent.StartsWith("data: {", StringComparison.Ordinal) || !Names(shown).SequenceEqual(Names(sent))
            ? $"other events: {sent}"
            : null;
    }

    // Everything in the example is present and of the same kind. There may be more.
    private static string? ShapeFault(JsonNode? shown, JsonNode? sent, string at) =>
        (shown, sent) switch
        {
            (JsonObject one, JsonObject other) => one.Select(member =>
                    other.ContainsKey(member.Key)
                        ? ShapeFault(member.Value, other[member.Key], $"{at}.{member.Key}")
                        : $"{at}.{member.Key} is documented but not sent"
                )
                .FirstOrDefault(static fault => fault is not null),
            (JsonArray one, JsonArray other) => one.Count > 0 && other.Count > 0 ? ShapeFault(one[0], other[0], $"{at}[0]") : null,
            (null, _) => null,
            _ => sent?.GetValueKind() is { } kind && Kind(kind) == Kind(shown!.GetValueKind())
                ? null
                : $"{at} is shown as {shown} and sent as {sent?.ToJsonString()}",
        };

    private static JsonValueKind Kind(JsonValueKind kind) => kind == JsonValueKind.False ? JsonValueKind.True : kind;

    private async Task<string> FillAsync(string path, JsonNode operation)
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            if (parameter!["example"] is not { } example)
            {
                continue;
            }

            var (name, value) = ((string)parameter["name"]!, example.ToString());
            if ((string)parameter["in"]! == "query")
            {
                query.Add($"{name}={value}");
            }
            else
            {
                // Ids that exist only here.
                value = path == "/models/requests/{id}" ? await RequestModelAsync() : value;
                path = path.Replace($"{{{name}}}", value, StringComparison.Ordinal);
            }
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    private async Task<string> RequestModelAsync()
    {
        using var body = new StringContent("""{"model_id":"org/name"}""", Encoding.UTF8, "application/json");
        using var answer = await cluster.Http.PostAsync("/models/requests", body, Cancelled);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        return json.RootElement.GetProperty("request_id").GetString()!;
    }
}
