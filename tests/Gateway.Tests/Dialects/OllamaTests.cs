using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>The gateway speaks to Ollama's clients as Ollama does.</summary>
public sealed class OllamaTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly string Square = Convert.ToBase64String(Pictures.Png(512, 512));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_picture_is_captioned_and_charged_once()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostJsonAsync("/api/generate", Generate());
        var body = await answer.ReadJsonAsync();

        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
        Assert.Equal(
            ("starter:latest", "a picture", true, "stop"),
            ((string)body["model"]!, (string)body["response"]!, (bool)body["done"]!, (string)body["done_reason"]!)
        );
        Assert.Equal(
            (3, 3_000_000, 2_000_000),
            ((int)body["eval_count"]!, (int)body["eval_duration"]!, (int)body["prompt_eval_duration"]!)
        );
        Assert.True((long)body["total_duration"]! > 0);
        Assert.True(DateTimeOffset.TryParse((string)body["created_at"]!, out _));
    }

    [Theory]
    [InlineData("/api/generate")]
    [InlineData("/api/chat")]
    [InlineData("/api/show")]
    [InlineData("/api/pull")]
    public async Task A_body_that_is_no_object_is_refused(string path)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostJsonAsync(path, new JsonArray());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("The body must be a JSON object.", (string)(await answer.ReadJsonAsync())["error"]!);
    }

    [Theory]
    [InlineData("/api/generate")]
    [InlineData("/api/chat")]
    public async Task An_answer_streams_unless_told_otherwise(string path)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = path == "/api/chat" ? Chat() : Generate();
        ask.Remove("stream");

        using var answer = await http.PostJsonAsync(path, ask);
        string[] lines = (await answer.Content.ReadAsStringAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var parsed = lines.Select(static line => JsonNode.Parse(line)!).ToArray();

        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(lines.Length > 2);
        Assert.All(parsed[..^1], static line => Assert.False((bool)line["done"]!));
        Assert.True((bool)parsed[^1]["done"]!);
        Assert.Equal("", TextOf(parsed[^1]));
        Assert.Equal("a picture", string.Concat(parsed.Select(TextOf)).Trim());
    }

    [Fact]
    public async Task A_stream_that_the_node_breaks_off_ends_with_an_error()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.CutsStreams = true;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask.Remove("stream");

        using var answer = await http.PostJsonAsync("/api/generate", ask);
        string[] lines = (await answer.Content.ReadAsStringAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotNull(JsonNode.Parse(lines[^1])!["error"]);
    }

    [Fact]
    public async Task Options_count_if_they_are_known_here_and_are_never_refused()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask["options"] = JsonNode.Parse(
            """
            {"temperature":0.2,"top_k":20,"top_p":0.9,"min_p":0.05,"typical_p":1,"seed":3407,"repeat_last_n":64,"repeat_penalty":1.1,
            "num_predict":160,"num_ctx":4096,"mirostat":2,"stop":["\n"],"made_up":{"a":1}}
            """
        );

        using var greedy = await http.PostJsonAsync("/api/generate", ask);
        var form = cluster.Nodes[0].Behaviour.LastForm;

        Assert.Equal(HttpStatusCode.OK, greedy.StatusCode);
        Assert.Equal(
            ("160", "1.1", "3407", "false"),
            (form["max_new_tokens"], form["repetition_penalty"], form["seed"], form["do_sample"])
        );
        Assert.DoesNotContain("temperature", form.Keys);
        Assert.DoesNotContain("top_k", form.Keys);

        ask["options"] = JsonNode.Parse(
            """{"temperature":0.8,"top_k":20,"top_p":0,"num_predict":-1,"seed":18014398509481985,"num_beams":1}"""
        );
        using var drawn = await http.PostJsonAsync("/api/generate", ask);
        form = cluster.Nodes[0].Behaviour.LastForm;

        Assert.Equal(HttpStatusCode.OK, drawn.StatusCode);
        Assert.Equal(("true", "0.8", "20", "1"), (form["do_sample"], form["temperature"], form["top_k"], form["num_beams"]));
        Assert.Equal("18014398509481985", form["seed"]);
        Assert.DoesNotContain("max_new_tokens", form.Keys);
        Assert.DoesNotContain("top_p", form.Keys);
    }

    [Theory]
    [InlineData("""{"num_predict":"many"}""", 422)]
    [InlineData("""["temperature"]""", 400)]
    [InlineData("""{"num_beams":99}""", 422)]
    public async Task An_option_that_makes_no_sense_is_refused_by_name(string options, int status)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask["options"] = JsonNode.Parse(options);

        using var answer = await http.PostJsonAsync("/api/generate", ask);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains("'", (string)(await answer.ReadJsonAsync())["error"]!, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Theory]
    [InlineData("\"json\"", """{"caption":"a picture"}""")]
    [InlineData(
        """{"type":"object","properties":{"tags":{"type":"array"},"description":{"type":"string"}},"required":["description"]}""",
        """{"description":"a picture"}"""
    )]
    [InlineData(
        """{"type":"object","properties":{"captions":{"type":"array","items":{"type":"string"}}}}""",
        """{"captions":["a picture"]}"""
    )]
    [InlineData("""{"type":"object"}""", """{"caption":"a picture"}""")]
    [InlineData("\"\"", "a picture")]
    public async Task A_caption_comes_as_the_JSON_that_was_asked_for(string format, string expected)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask["format"] = JsonNode.Parse(format);

        using var answer = await http.PostJsonAsync("/api/generate", ask);

        Assert.Equal(expected, (string)(await answer.ReadJsonAsync())["response"]!);
    }

    [Theory]
    [InlineData(
        """{"type":"object","properties":{"caption":{"type":"string"},"score":{"type":"number"}},"required":["caption","score"]}"""
    )]
    [InlineData("""{"type":"object","properties":{"score":{"type":"number"}},"required":["score"]}""")]
    [InlineData("""{"type":"array","items":{"type":"string"}}""")]
    [InlineData("\"yaml\"")]
    public async Task A_format_that_no_caption_can_fill_is_refused(string format)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask["format"] = JsonNode.Parse(format);

        using var answer = await http.PostJsonAsync("/api/generate", ask);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("'format'", (string)(await answer.ReadJsonAsync())["error"]!, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task A_data_URL_is_taken_and_two_pictures_are_not()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ask = Generate();
        ask["images"] = new JsonArray("data:image/png;base64," + Square);
        using var single = await http.PostJsonAsync("/api/generate", ask);
        ask["images"] = new JsonArray(Square, Square);
        using var two = await http.PostJsonAsync("/api/generate", ask);

        Assert.Equal(HttpStatusCode.OK, single.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, two.StatusCode);
        Assert.Contains("More than one picture", (string)(await two.ReadJsonAsync())["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_conversation_the_last_picture_counts()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        byte[] last = Pictures.Png(64, 64, padding: 9_000);
        var ask = Chat();
        ask["messages"] = new JsonArray(
            Message("user", "What is it?", Square),
            Message("assistant", "a picture"),
            Message("user", "And this?", Convert.ToBase64String(last)),
            Message("assistant", "another"),
            Message("user", "Which colour?")
        );

        using var answer = await http.PostJsonAsync("/api/chat", ask);

        Assert.Equal("a picture", (string)(await answer.ReadJsonAsync())["message"]!["content"]!);
        Assert.Equal(last.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), cluster.Nodes[0].Behaviour.LastForm["image"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_without_a_picture_gets_a_free_sentence_or_a_refusal(bool refuses)
    {
        var cluster = await shared.AsNewAsync("Gateway:Conversations:RefuseWithoutPicture=" + refuses);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 0));
        var ask = Generate();
        ask.Remove("images");
        ask["prompt"] = "Only reply OK";

        using var answer = await http.PostJsonAsync("/api/generate", ask);
        var body = await answer.ReadJsonAsync();

        Assert.Equal(refuses ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("picture", (string)(refuses ? body["error"] : body["response"])!, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task An_unknown_model_is_404_and_a_key_is_needed()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var stranger = cluster.Client();
        var ask = Generate();
        ask["model"] = "llava:7b";

        using var unknown = await http.PostJsonAsync("/api/generate", ask);
        using var shown = await http.PostJsonAsync("/api/show", new JsonObject { ["name"] = "llava:7b" });
        using var pulled = await http.PostJsonAsync("/api/pull", new JsonObject { ["model"] = "llava:7b" });
        using var refused = await stranger.PostJsonAsync("/api/generate", Generate());

        Assert.Equal(
            [HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.Unauthorized],
            new[] { unknown, shown, pulled, refused }.Select(static answer => answer.StatusCode)
        );
        Assert.Contains("llava:7b", (string)(await unknown.ReadJsonAsync())["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "pulling manifest", 3)]
    [InlineData(false, "success", 1)]
    public async Task Pulling_a_model_that_is_there_succeeds(bool stream, string first, int count)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostJsonAsync("/api/pull", new JsonObject { ["model"] = "starter:latest", ["stream"] = stream });
        var lines = (await answer.Content.ReadAsStringAsync(Cancelled))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonNode.Parse(line)!)
            .ToArray();

        Assert.Equal((HttpStatusCode.OK, count), (answer.StatusCode, lines.Length));
        Assert.Equal((first, "success"), ((string)lines[0]["status"]!, (string)lines[^1]["status"]!));
        Assert.All(lines, static line => Assert.Equal((long?)line["total"], (long?)line["completed"]));
    }

    private static JsonObject Generate() =>
        new()
        {
            ["model"] = PricingHost.Model + ":latest",
            ["prompt"] = "Describe it.",
            ["stream"] = false,
            ["images"] = new JsonArray(Square),
        };

    private static JsonObject Chat() =>
        new()
        {
            ["model"] = PricingHost.Model,
            ["stream"] = false,
            ["messages"] = new JsonArray(Message("user", "What is it?", Square)),
        };

    private static JsonObject Message(string role, string content, string? image = null) =>
        new()
        {
            ["role"] = role,
            ["content"] = content,
            ["images"] = image is null ? null : new JsonArray(image),
        };

    private static string TextOf(JsonNode answer) => (string?)answer["response"] ?? (string?)answer["message"]?["content"] ?? "";
}
