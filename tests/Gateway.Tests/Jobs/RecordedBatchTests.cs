using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>What OpenAI's Python client sent for a batch, with the ids that this gateway gives.</summary>
public sealed class RecordedBatchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAI_s_Python_client_runs_a_batch()
    {
        await using var cluster = await TestCluster.BuildAsync();
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client();
        var calls = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "clients", "openai-python.json"), Cancelled)
        )!["calls"]!.AsArray();
        string file = "";
        string batch = "";
        string output = "";
        var ofFiles = calls.Where(static call => T(call!, "call").Contains("files", StringComparison.Ordinal));
        foreach (var request in ofFiles.SelectMany(static call => call!["requests"]!.AsArray()))
        {
            string asked = $"{request!["method"]} {request["path"]}";
            using var message = Message(request, key, file, batch, output);
            using var answer = await http.SendAsync(message, Cancelled);
            string text = await answer.Content.ReadAsStringAsync(Cancelled);
            Assert.True(answer.IsSuccessStatusCode, $"{asked}: {text}");
            switch (asked)
            {
                case "POST /v1/files":
                    var uploaded = Fields(text, request);
                    Assert.Equal(
                        ("jobs.jsonl", "batch", "processed"),
                        (T(uploaded, "filename"), T(uploaded, "purpose"), T(uploaded, "status"))
                    );
                    file = T(uploaded, "id");
                    break;
                case "POST /v1/batches":
                    batch = T(Fields(text, request), "id");
                    using (var client = cluster.Client(key))
                    {
                        output = T(await Library.EndAsync(client, batch), "output_file_id");
                    }

                    break;
                case "GET /v1/files/file-2/content":
                    Assert.Equal("a", T(JsonNode.Parse(text)!, "custom_id"));
                    Assert.Equal("a picture", (string)JsonNode.Parse(text)!["response"]!["body"]!["choices"]![0]!["message"]!["content"]!);
                    break;
                default:
                    Fields(text, request);
                    break;
            }
        }

        Assert.NotEmpty(output);
    }

    private static string T(JsonNode node, string name) => (string)node[name]!;

    // The client finds every field that it was recorded with.
    private static JsonNode Fields(string text, JsonNode request)
    {
        var body = JsonNode.Parse(text)!;
        var recorded = JsonNode.Parse(T(request["answer"]!, "body"))!.AsObject();
        Assert.All(recorded, field => Assert.True(body.AsObject().ContainsKey(field.Key), $"{field.Key} is missing: {text}"));
        return body;
    }

    private static HttpRequestMessage Message(JsonNode request, string key, string file, string batch, string output)
    {
        string path = T(request, "path")
            .Replace("batch_1", batch, StringComparison.Ordinal)
            .Replace("file-2", output, StringComparison.Ordinal);
        var message = new HttpRequestMessage(new HttpMethod(T(request, "method")), new Uri(path, UriKind.Relative));
        byte[]? body =
            request["body"] is not JsonObject given ? null
            : given["base64"] is { } bytes ? Convert.FromBase64String((string)bytes!)
            : Encoding.UTF8.GetBytes(given.ToJsonString().Replace("file-1", file, StringComparison.Ordinal));
        if (body is not null)
        {
            message.Content = new ByteArrayContent(body);
        }

        foreach (var (name, value) in request["headers"]!.AsObject())
        {
            if (name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
            {
                message.Content ??= new ByteArrayContent([]);
                message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse((string)value!);
            }
            else
            {
                message.Headers.TryAddWithoutValidation(name, ((string)value!).Replace("KEY", key, StringComparison.Ordinal));
            }
        }

        return message;
    }
}
