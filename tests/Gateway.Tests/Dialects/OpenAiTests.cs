using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.ErrorCodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>What OpenAI's clients send besides a picture and a question, in both forms of the conversation.</summary>
public sealed class OpenAiTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Chat = "/v1/chat/completions";
    private const string Responses = "/v1/responses";

    private static readonly string Url = "data:image/png;base64," + Convert.ToBase64String(Pictures.Png(64, 64));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Chat, "max_tokens", "4096", "4096")]
    [InlineData(Chat, "max_completion_tokens", "1000000000000", "2147483647")]
    [InlineData(Responses, "max_output_tokens", "128000", "128000")]
    public async Task A_cap_of_tokens_is_never_too_large(string path, string name, string value, string sent)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = Body(path);
        body[name] = JsonNode.Parse(value);
        await AskAsync(http, path, body);
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal((sent, "true"), (form["max_new_tokens"], form["caps_new_tokens"]));

        body[name] = 0;
        var refused = await RefusedAsync(http, path, body);
        Assert.Equal(("invalid_parameter", name), (refused.Code, refused.Param));
    }

    [Theory]
    [InlineData(0, "false")]
    [InlineData(0.3, "false")]
    [InlineData(0.31, "true")]
    public async Task A_low_temperature_is_greedy(double temperature, string drawn)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (string path in (string[])[Chat, Responses])
        {
            var body = Body(path);
            body["temperature"] = temperature;
            await AskAsync(http, path, body);
            Assert.Equal(drawn, cluster.Nodes[0].Behaviour.LastForm["do_sample"]);
            Assert.Equal(drawn == "true", cluster.Nodes[0].Behaviour.LastForm.ContainsKey("temperature"));
        }
    }

    [Theory]
    [InlineData("""{"type":"text"}""", "a picture")]
    [InlineData("""{"type":"json_object"}""", """{"caption":"a picture"}""")]
    [InlineData(
        """{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"alt":{"type":"string"}},"required":["alt"]}}}""",
        """{"alt":"a picture"}"""
    )]
    public async Task A_response_format_gives_that_json_streamed_or_not(string format, string expected)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = Body(Chat);
        body["response_format"] = JsonNode.Parse(format);
        var answer = await AskAsync(http, Chat, body);
        Assert.Equal(expected, (string)answer["choices"]![0]!["message"]!["content"]!);

        body["stream"] = true;
        using var streamed = await http.PostAsync(Chat, JsonContent.Create(body), Cancelled);
        var chunks = await ChunksAsync(streamed);
        Assert.Equal(
            expected,
            string.Concat(chunks.Select(static chunk => (string?)chunk["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"])).Trim()
        );

        var inText = Body(Responses);
        var flat = JsonNode.Parse(format)!.AsObject();
        if (flat["json_schema"] is { } schema)
        {
            flat["schema"] = schema["schema"]!.DeepClone();
            flat.Remove("json_schema");
        }

        inText["text"] = new JsonObject { ["format"] = flat };
        Assert.Equal(expected, (string)(await AskAsync(http, Responses, inText))["output"]![0]!["content"]![0]!["text"]!);
    }

    [Theory]
    [InlineData("""{"type":"xml"}""")]
    [InlineData(
        """{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"n":{"type":"number"}},"required":["n"]}}}"""
    )]
    public async Task A_response_format_that_no_caption_can_have_is_400(string format)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = Body(Chat);
        body["response_format"] = JsonNode.Parse(format);
        var refused = await RefusedAsync(http, Chat, body, HttpStatusCode.BadRequest);
        Assert.Equal(("invalid_request", "response_format"), (refused.Code, refused.Param));
    }

    [Theory]
    [InlineData(Chat, false)]
    [InlineData(Chat, true)]
    [InlineData(Responses, false)]
    [InlineData(Responses, true)]
    public async Task A_conversation_without_a_picture_is_asked_for_one_free_of_charge(string path, bool streams)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = Body(path, "Only reply OK");
        body["max_tokens"] = 20;
        body["stream"] = streams;
        using var answer = await http.PostAsync(path, JsonContent.Create(body), Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Contains("Please send a picture", text, StringComparison.Ordinal);
        Assert.Equal("0", answer.Headers.GetValues("x-cost-usd").Single());
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Empty(cluster.Pricing.Ledger);

        body["model"] = "no/such";
        Assert.Equal("model_not_found", (await RefusedAsync(http, path, body, HttpStatusCode.NotFound)).Code);
    }

    [Theory]
    [InlineData(Chat, "messages")]
    [InlineData(Responses, "input")]
    public async Task An_operator_may_refuse_conversations_without_a_picture(string path, string param)
    {
        var cluster = await shared.AsNewAsync("Gateway:Conversations:RefuseWithoutPicture=true");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var refused = await RefusedAsync(http, path, Body(path, "Only reply OK"), HttpStatusCode.BadRequest);
        Assert.Equal(("image_missing", param), (refused.Code, refused.Param));
    }

    [Fact]
    public async Task The_response_api_takes_an_address_as_string_or_object_and_no_file_id()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (var address in (JsonNode[])[Url, new JsonObject { ["url"] = Url }])
        {
            var answer = await AskAsync(http, Responses, Input(new JsonObject { ["type"] = "input_image", ["image_url"] = address }));
            Assert.Equal("completed", (string)answer["status"]!);
            Assert.Equal("a picture", (string)answer["output"]![0]!["content"]![0]!["text"]!);
            Assert.Equal(3, (int)answer["usage"]!["output_tokens"]!);
        }

        var file = Input(new JsonObject { ["type"] = "input_image", ["file_id"] = "file-1" });
        var refused = await RefusedAsync(http, Responses, file, HttpStatusCode.BadRequest);
        Assert.Equal(("invalid_request", "file_id"), (refused.Code, refused.Param));
        var text = new JsonObject { ["input"] = "Only reply OK" };
        Assert.Contains("picture", (await AskAsync(http, Responses, text)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_response_api_streams_events_that_add_up_to_the_answer()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = Body(Responses);
        body["stream"] = true;
        using var answer = await http.PostAsync(Responses, JsonContent.Create(body), Cancelled);
        var events = await ChunksAsync(answer);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(static item => (int)item["sequence_number"]!));
        Assert.Equal("response.created", (string)events[0]["type"]!);
        Assert.Equal("response.completed", (string)events[^1]["type"]!);
        string deltas = string.Concat(events.Select(static item => (string?)item["delta"]));
        Assert.Equal(deltas, (string)events.Single(static item => (string)item["type"]! == "response.output_text.done")["text"]!);
        Assert.Equal(deltas, (string)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!);
        Assert.Equal("a picture", deltas.Trim());
        Assert.True(events.Count(static item => (string)item["type"]! == "response.output_text.delta") > 1);
    }

    private static JsonObject Body(string path, string? textOnly = null)
    {
        if (path == Responses)
        {
            return textOnly is null
                ? Input(new JsonObject { ["type"] = "input_image", ["image_url"] = Url })
                : Input(new JsonObject { ["type"] = "input_text", ["text"] = textOnly });
        }

        JsonNode content = textOnly is null
            ? new JsonArray(
                new JsonObject
                {
                    ["type"] = "image_url",
                    ["image_url"] = new JsonObject { ["url"] = Url },
                }
            )
            : textOnly;
        return new JsonObject
        {
            ["model"] = PricingHost.Model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
        };
    }

    private static JsonObject Input(JsonObject part) =>
        new()
        {
            ["model"] = PricingHost.Model,
            ["input"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(part) }),
        };

    private static async Task<JsonNode> AskAsync(HttpClient http, string path, JsonObject body)
    {
        using var answer = await http.PostAsync(path, JsonContent.Create(body), Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<ToldError> RefusedAsync(
        HttpClient http,
        string path,
        JsonObject body,
        HttpStatusCode status = HttpStatusCode.UnprocessableEntity
    )
    {
        using var answer = await http.PostAsync(path, JsonContent.Create(body), Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(status == answer.StatusCode, text);
        return ToldError.Read(JsonNode.Parse(text)!);
    }

    private static async Task<List<JsonNode>> ChunksAsync(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        return
        [
            .. text.Split('\n')
                .Where(static line => line.StartsWith("data: {", StringComparison.Ordinal))
                .Select(static line => JsonNode.Parse(line["data: ".Length..])!),
        ];
    }
}
