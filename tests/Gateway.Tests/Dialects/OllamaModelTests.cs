using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>What Ollama's clients are told of models and of the server, and how they load a model.</summary>
public sealed class OllamaModelTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/generate", """{"model":"MODEL","stream":false}""", "load", "MODEL/load")]
    [InlineData("/api/generate", """{"model":"MODEL:latest","prompt":"","keep_alive":"10m"}""", "load", "MODEL/load")]
    [InlineData("/api/chat", """{"model":"MODEL","messages":[]}""", "load", "MODEL/load")]
    [InlineData("/api/generate", """{"model":"MODEL","keep_alive":0.0}""", "unload", null)]
    [InlineData("/api/generate", """{"model":"MODEL","keep_alive":"0s"}""", "unload", null)]
    [InlineData("/api/chat", """{"model":"MODEL","messages":[],"keep_alive":0}""", "unload", null)]
    public async Task A_request_without_text_and_picture_loads_a_model_but_unloads_it_for_nobody_else(
        string path,
        string body,
        string reason,
        string? call
    )
    {
        var cluster = await shared.AsNewAsync();
        await cluster.RegisterAsync(
            static (_, node) => node with { Models = [.. node.Models.Select(static model => model with { State = ModelState.OnDemand })] }
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 0));

        using var answer = await http.PostJsonAsync(
            path,
            JsonNode.Parse(body.Replace("MODEL", PricingHost.Model, StringComparison.Ordinal))!
        );
        var told = await answer.ReadJsonAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("0", answer.Headers.GetValues("x-cost-usd").Single());
        Assert.Equal((true, reason, ""), ((bool)told["done"]!, (string)told["done_reason"]!, TextOf(told)));
        Assert.Equal(
            call is null ? [] : [call.Replace("MODEL", PricingHost.Model, StringComparison.Ordinal)],
            cluster.Nodes[0].Behaviour.ModelCalls
        );
        Assert.Empty(cluster.Pricing.Ledger);
    }

    [Fact]
    public async Task A_model_that_is_loaded_already_is_not_loaded_again()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostJsonAsync("/api/generate", new JsonObject { ["model"] = PricingHost.Model });

        Assert.Equal("load", (string)(await answer.ReadJsonAsync())["done_reason"]!);
        Assert.Empty(cluster.Nodes[0].Behaviour.ModelCalls);
    }

    [Fact]
    public async Task Models_are_described_as_their_node_reports_them()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Models =
        [
            new ServedModel
            {
                Id = PricingHost.Model,
                State = ServedModelState.Loaded,
                Warm = true,
                Source = "starter",
                Architecture = "conv_blip",
                Precision = "int8",
                Provider = "CPU",
                Parameters = 11_500_000,
                MemoryBytes = 23_000_000,
            },
        ];
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        var listed = JsonNode.Parse(await http.GetStringAsync("/api/tags", Cancelled))!["models"]![0]!;
        var loaded = JsonNode.Parse(await http.GetStringAsync("/api/ps", Cancelled))!["models"]![0]!;
        using var answer = await http.PostJsonAsync("/api/show", new JsonObject { ["model"] = PricingHost.Model + ":latest" });
        var shown = await answer.ReadJsonAsync();

        Assert.Equal((PricingHost.Model + ":latest", 23_000_000), ((string)listed["name"]!, (int)listed["size"]!));
        Assert.Equal(
            ("conv_blip", "11.5M", "Q8_0"),
            (
                (string)listed["details"]!["family"]!,
                (string)listed["details"]!["parameter_size"]!,
                (string)listed["details"]!["quantization_level"]!
            )
        );
        Assert.Equal(64, ((string)listed["digest"]!).Length);
        Assert.Equal(0, (int)loaded["size_vram"]!);
        Assert.Contains("vision", shown["capabilities"]!.AsArray().Select(static word => (string)word!));
        Assert.Equal(11_500_000, (int)shown["model_info"]!["general.parameter_count"]!);
    }

    [Theory]
    [InlineData(null, "text/plain")]
    [InlineData("*/*", "text/plain")]
    [InlineData("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html")]
    public async Task The_root_says_that_it_runs_unless_HTML_is_wanted(string? accept, string type)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Accept", accept);

        using var answer = await http.SendAsync(request, Cancelled);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), Cancelled);
        string version = await http.GetStringAsync("/api/version", Cancelled);

        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(type == "text/plain", await answer.Content.ReadAsStringAsync(Cancelled) == "Ollama is running");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Matches("""^\{"version":"\d+\.\d+\.\d+"\}$""", version);
    }

    private static string TextOf(JsonNode answer) => (string?)answer["response"] ?? (string?)answer["message"]?["content"] ?? "";
}
