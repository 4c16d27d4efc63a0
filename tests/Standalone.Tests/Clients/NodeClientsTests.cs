using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Standalone.Tests.Operators;

namespace ImageToText.Standalone.Tests.Clients;

/// <summary>
/// Runs the clients that people use, as npm serves them (tests/Clients), against the whole service. Needs Node.js and <c>npm ci</c> in
/// tests/Clients. Each test has a key of its own.
/// </summary>
public sealed class NodeClientsTests(RunningService service) : IClassFixture<RunningService>, IAsyncLifetime
{
    private static readonly string Cat = Path.Combine(StandaloneProcess.Samples, "cat.png");

    private readonly HttpClient _http = new() { BaseAddress = service.Address };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        NodeScript.RequireClients();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await service.OperatorTokenAsync(Cancelled));
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Livepeer_Hugging_Face_and_OpenAI_clients_get_captions_streams_and_errors()
    {
        var told = await RunAsync("captions.mjs", null, await KeyAsync());
        string text = (string)told["livepeer"]!;
        Assert.Contains("cat", text, StringComparison.Ordinal);
        Assert.Equal(text, (string)told["huggingface"]!);
        Assert.Equal(text, (string)told["openai"]!);
        Assert.Equal("starter", (string)told["models"]![0]!);
        Assert.Contains("cat", (string)told["streamed"]!["text"]!, StringComparison.Ordinal);
        Assert.True((int)told["streamed"]!["pieces"]! > 1, told.ToJsonString());
        Assert.True((int)told["streamed"]!["tokens"]! > 1, told.ToJsonString());
        Assert.Equal("""{"livepeer":415,"huggingface":415,"openai":"unsupported_image","key":401}""", told["errors"]!.ToJsonString());
        Assert.Equal(("starter", text, "stop", text), Texts(told, "model", "json", "capped", "response"));
        Assert.Contains("Please send a picture", (string)told["withoutPicture"]!, StringComparison.Ordinal);
        Assert.Equal((string)told["responded"]!["text"]!, (string)told["responded"]!["sum"]!);
        Assert.Contains("cat", (string)told["responded"]!["text"]!, StringComparison.Ordinal);
        Assert.True((int)told["responded"]!["pieces"]! > 1, told.ToJsonString());
        Assert.Equal(3, told["sequences"]!.AsArray().Select(static each => (string)each!).Distinct().Count());
        Assert.Equal((string)told["sequences"]![0]!, (string)told["best"]!);
    }

    private static (string, string, string, string) Texts(JsonNode told, string first, string second, string third, string fourth) =>
        ((string)told[first]!, (string)told[second]!, (string)told[third]!, (string)told[fourth]!);

    [Fact]
    public async Task The_Ollama_client_lists_loads_captions_and_streams()
    {
        var told = await RunAsync("ollama.mjs", null, await KeyAsync());
        Assert.Equal(["starter:latest"], told["models"]!.AsArray().Select(static name => (string)name!));
        Assert.Equal(["starter:latest"], told["loaded"]!.AsArray().Select(static name => (string)name!));
        Assert.Contains("vision", told["capabilities"]!.AsArray().Select(static word => (string)word!));
        Assert.Equal(("load", "unload"), ((string)told["load"]!, (string)told["unload"]!));
        string text = (string)told["generated"]!["response"]!;
        Assert.Contains("cat", text, StringComparison.Ordinal);
        Assert.True((int)told["generated"]!["eval_count"]! > 1, told.ToJsonString());
        Assert.Equal(text, (string)told["chatted"]!);
        Assert.Equal(text, (string)told["structured"]!["description"]!);
        Assert.Contains("cat", (string)told["streamed"]!["text"]!, StringComparison.Ordinal);
        Assert.True((int)told["streamed"]!["pieces"]! > 1, told.ToJsonString());
        Assert.Equal("stop", (string)told["streamed"]!["reason"]!);
        Assert.Equal("""{"model":404,"key":401}""", told["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task The_Model_Context_Protocol_s_client_captions_by_path_and_through_the_gateway()
    {
        var told = await RunAsync("mcp.mjs", null, await KeyAsync());
        string text = (string)told["byPath"]!;
        Assert.Contains("cat", text, StringComparison.Ordinal);
        Assert.Equal(text, (string)told["throughGateway"]!);
        Assert.Equal("""{"local":["caption_image"],"gateway":["caption_image"]}""", told["tools"]!.ToJsonString());
        Assert.Contains("is not in a folder that may be read", (string)told["outside"]!, StringComparison.Ordinal);
        Assert.Contains("is no absolute path", (string)told["relative"]!, StringComparison.Ordinal);
        Assert.Contains("not fetched from pictures.example.org", (string)told["elsewhere"]!, StringComparison.Ordinal);
        Assert.Contains("either in 'path' or in 'url'", (string)told["nothing"]!, StringComparison.Ordinal);
        Assert.Contains("not a picture", (string)told["noPicture"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAI_s_client_runs_a_batch_from_the_upload_to_the_results()
    {
        var told = await RunAsync("batches.mjs", null, await KeyAsync());
        Assert.Equal("""{"purpose":"batch","filename":"library.jsonl","status":"processed"}""", told["file"]!.ToJsonString());
        Assert.Equal(
            """{"status":"completed","counts":{"total":2,"completed":1,"failed":1},"metadata":{"library":"holidays"}}""",
            told["batch"]!.ToJsonString()
        );
        Assert.Equal("a", (string)told["output"]!["custom_id"]!);
        Assert.Contains(
            "cat",
            (string)told["output"]!["response"]!["body"]!["choices"]![0]!["message"]!["content"]!,
            StringComparison.Ordinal
        );
        Assert.Equal("b", (string)told["error"]!["custom_id"]!);
        Assert.Equal("unsupported_image", (string)told["error"]!["response"]!["body"]!["error"]!["code"]!);
        Assert.Equal("[true]", told["listed"]!.ToJsonString());
        Assert.Equal(
            ["batch", "batch_output", "batch_output"],
            told["files"]!.AsArray().Select(static purpose => (string)purpose!).Order()
        );
        Assert.Equal("completed", (string)told["cancelled"]!);
        Assert.True((bool)told["deleted"]!);
        Assert.Equal(404, (int)told["gone"]!);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("livepeer")]
    [InlineData("huggingface")]
    public async Task A_client_that_gets_429_retries_and_gets_its_caption(string client)
    {
        // The limit is one request in five seconds and it is used up, so the client is refused until then.
        string key = await KeyAsync(new JsonObject { ["requests_per_minute"] = 12, ["burst"] = 1 });
        var told = await RunAsync("retry.mjs", client, key);
        Assert.Contains("cat", (string)told["text"]!, StringComparison.Ordinal);
        Assert.True((int)told["refused"]! > 0, told.ToJsonString());
    }

    private async Task<string> KeyAsync(JsonObject? rate = null)
    {
        using var made = await _http.PostAsJsonAsync(
            "pricing/keys",
            new JsonObject { ["name"] = "client", ["rate_limit"] = rate },
            Cancelled
        );
        string body = await made.Content.ReadAsStringAsync(Cancelled);
        Assert.True(made.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["secret"]!;
    }

    private Task<JsonNode> RunAsync(string script, string? client, string key) =>
        NodeScript.RunAsync(
            script,
            _http.BaseAddress!,
            new Dictionary<string, string?>
            {
                ["KEY"] = key,
                ["MODEL"] = "starter",
                ["PICTURE"] = Cat,
                ["CLIENT"] = client,
                ["PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "ImageToText.Standalone.dll"),
            },
            Cancelled
        );
}
