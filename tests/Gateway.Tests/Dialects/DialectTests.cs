using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

public sealed class DialectTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    // The user agent of the Hub's Python client.
    private const string Python = "unknown/None; hf_hub/1.2.3; python/3.12.3";
    private const string JavaScript = "@huggingface/inference/4.13.30 Node.js/20";
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/models/MODEL", Python, null, true)]
    [InlineData("/hf-inference/models/MODEL", Python, null, true)]
    [InlineData("/models/MODEL", JavaScript, null, false)]
    [InlineData("/models/MODEL", "Mozilla/5.0 (X11; Linux x86_64)", null, false)]
    [InlineData("/models/MODEL", "curl/8.5.0", null, true)]
    [InlineData("/models/MODEL?shape=object", Python, null, false)]
    [InlineData("/models/MODEL", JavaScript, "application/json; shape=list", true)]
    public async Task Each_Hugging_Face_client_gets_the_shape_it_parses(string path, string agent, string? accept, bool isList)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var request = new HttpRequestMessage(HttpMethod.Post, path.Replace("MODEL", PricingHost.Model, StringComparison.Ordinal))
        {
            Content = new ByteArrayContent(Square),
        };
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.Add("X-Wait-For-Model", "1");
        using var answer = await http.SendAsync(request, Cancelled);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(isList, body is JsonArray);
        Assert.Equal("a picture", (string)(isList ? body[0]! : body)["generated_text"]!);
        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
    }

    [Fact]
    public async Task The_Python_client_sends_parameters_with_the_picture_in_base64()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = new JsonObject
        {
            ["inputs"] = Convert.ToBase64String(Square),
            ["parameters"] = new JsonObject
            {
                ["max_new_tokens"] = 30,
                ["generate_kwargs"] = new JsonObject { ["num_beams"] = 3, ["do_sample"] = false },
            },
        };
        using var answer = await http.PostAsync("/models/" + PricingHost.Model, Json(body), Cancelled);
        Assert.Equal("""[{"generated_text":"a picture"}]""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("30", cluster.Nodes[0].Behaviour.LastForm["max_new_tokens"]);
        Assert.Equal("3", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);

        Assert.Equal("false", cluster.Nodes[0].Behaviour.LastForm["do_sample"]);

        foreach (
            var (asked, sent) in ((JsonNode, string)[])
                [(JsonValue.Create(false), "false"), (JsonValue.Create(true), "true"), (JsonValue.Create("never"), "never")]
        )
        {
            body["parameters"]!["generate_kwargs"] = new JsonObject { ["early_stopping"] = asked };
            (await http.PostAsync("/models/" + PricingHost.Model, Json(body), Cancelled)).EnsureSuccessStatusCode();
            Assert.Equal(sent, cluster.Nodes[0].Behaviour.LastForm["early_stopping"]);
        }

        body["parameters"]!["generate_kwargs"] = new JsonObject { ["early_stopping"] = "soon" };
        using var unclear = await http.PostAsync("/models/" + PricingHost.Model, Json(body), Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unclear.StatusCode);
        Assert.Contains(
            "never",
            (string)JsonNode.Parse(await unclear.Content.ReadAsStringAsync(Cancelled))!["error"]!,
            StringComparison.Ordinal
        );

        body["parameters"]!["generate_kwargs"] = new JsonObject { ["assistant_model"] = "other" };
        using var refused = await http.PostAsync("/models/" + PricingHost.Model, Json(body), Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(
            "assistant_model",
            (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9_000)]
    [InlineData(24_000)]
    [InlineData(223_000)]
    public async Task Base64_of_any_length_and_spelling_is_decoded(int padding)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        for (int more = 0; more < 3; more++)
        {
            // Three lengths, padded with no, one and two characters.
            byte[] picture = Pictures.Png(64, 64, padding: padding + more + 1);
            string base64 = Convert.ToBase64String(picture);
            foreach (
                string? text in new[]
                {
                    base64,
                    "data:image/png;base64," + base64,
                    base64.TrimEnd('='),
                    base64.Replace('+', '-').Replace('/', '_').TrimEnd('='),
                    Convert.ToBase64String(picture, Base64FormattingOptions.InsertLineBreaks) + "\r\n",
                }
            )
            {
                using var answer = await http.PostAsync("/image-to-text", Json(new JsonObject { ["image"] = text }), Cancelled);
                Assert.True(
                    answer.IsSuccessStatusCode,
                    $"{picture.Length} {text[..30]}: {await answer.Content.ReadAsStringAsync(Cancelled)}"
                );
                Assert.Equal(picture.Length.ToString(CultureInfo.InvariantCulture), cluster.Nodes[0].Behaviour.LastForm["image"]);
            }
        }
    }

    [Fact]
    public async Task A_chat_completion_respects_the_price_cap_it_names()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = Chat();
        chat["max_price_per_pixel"] = 1e-10;
        using var refused = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!;
        Assert.Equal((HttpStatusCode.PaymentRequired, "price_above_cap"), (refused.StatusCode, (string)error["code"]!));
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task A_busy_service_answers_429_with_a_retry_time_in_every_dialect()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Status = 429;
        cluster.Nodes[0].Behaviour.RetryAfter = 7;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var hub = await http.PostAsync("/models/" + PricingHost.Model, new ByteArrayContent(Square), Cancelled);
        var error = JsonNode.Parse(await hub.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal(HttpStatusCode.TooManyRequests, hub.StatusCode);
        Assert.NotNull(hub.Headers.RetryAfter);
        Assert.True((double)error["estimated_time"]! > 0);
        Assert.Equal(JsonValueKind.String, error["error"]!.GetValueKind());

        using var chat = await http.PostAsync("/v1/chat/completions", Json(Chat()), Cancelled);
        error = JsonNode.Parse(await chat.Content.ReadAsStringAsync(Cancelled))!["error"]!;
        Assert.Equal(HttpStatusCode.TooManyRequests, chat.StatusCode);
        Assert.NotNull(chat.Headers.RetryAfter);
        Assert.Equal("rate_limit_error", (string)error["type"]!);
    }

    [Theory]
    [InlineData(null, null, 429)]
    [InlineData("true", null, 200)]
    [InlineData("1", null, 200)]
    [InlineData("false", "true", 429)]
    [InlineData(null, "true", 200)]
    [InlineData("maybe", null, 422)]
    public async Task A_caller_can_ask_to_wait_for_a_model_that_is_loading(string? header, string? option, int status)
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        cluster.Nodes.ForEach(static node => node.Behaviour.LoadsFor = 23);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/models/" + PricingHost.Model)
        {
            Content = Json(
                new JsonObject
                {
                    ["inputs"] = Convert.ToBase64String(Square),
                    ["options"] = option is null ? null : new JsonObject { ["wait_for_model"] = JsonNode.Parse(option) },
                }
            ),
        };
        if (header is not null)
        {
            request.Headers.Add("X-Wait-For-Model", header);
        }

        using var answer = await http.SendAsync(request, Cancelled);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal(status, (int)answer.StatusCode);
        if (status != 429)
        {
            return;
        }

        Assert.Equal(23, (double)body["estimated_time"]!);
        Assert.Contains("being loaded", (string)body["error"]!, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(23), answer.Headers.RetryAfter!.Delta);
        // One node loads it, not every node that could. Other requests still reach that node.
        Assert.Equal(1, cluster.Nodes.Sum(static node => node.Behaviour.Received));
        using var form = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.OK, form.StatusCode);
    }

    [Fact]
    public async Task A_chat_completion_captions_the_picture_and_leaves_out_text()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = Chat();
        chat["max_tokens"] = 12;
        using var answer = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal("chat.completion", (string)body["object"]!);
        Assert.Equal("a picture", (string)body["choices"]![0]!["message"]!["content"]!);
        Assert.Equal("stop", (string)body["choices"]![0]!["finish_reason"]!);
        Assert.Equal(3, (int)body["usage"]!["completion_tokens"]!);
        Assert.False(cluster.Nodes[0].Behaviour.LastForm.ContainsKey("prompt"));
        Assert.Equal("12", cluster.Nodes[0].Behaviour.LastForm["max_new_tokens"]);

        chat["temperature"] = 0;
        (await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled)).EnsureSuccessStatusCode();
        Assert.Equal("false", cluster.Nodes[0].Behaviour.LastForm["do_sample"]);
        chat.Remove("temperature");
        chat["caption_prefix"] = "a photo of";
        chat["n"] = 2;
        (await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled)).EnsureSuccessStatusCode();
        Assert.Equal("a photo of", cluster.Nodes[0].Behaviour.LastForm["prompt"]);
        Assert.Equal("2", cluster.Nodes[0].Behaviour.LastForm["num_return_sequences"]);
        Assert.Equal("2", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);
    }

    [Fact]
    public async Task A_chat_completion_streams_chunks_then_usage_then_done()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = Chat();
        chat["stream"] = true;
        chat["stream_options"] = new JsonObject { ["include_usage"] = true };
        using var answer = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        string[] events = (await answer.Content.ReadAsStringAsync(Cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        var chunks = events[..^1].Select(static text => JsonNode.Parse(text["data: ".Length..])!).ToArray();
        Assert.All(chunks, static chunk => Assert.Equal("chat.completion.chunk", (string)chunk["object"]!));
        Assert.Equal("assistant", (string)chunks[0]["choices"]![0]!["delta"]!["role"]!);
        Assert.Equal(
            "a picture",
            string.Concat(
                    chunks
                        .SelectMany(static chunk => chunk["choices"]!.AsArray())
                        .Select(static choice => (string?)choice!["delta"]!["content"])
                )
                .Trim()
        );
        Assert.Equal("stop", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.Equal(3, (int)chunks[^1]["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task Models_are_listed_in_OpenAIs_form_and_errors_have_it_too()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var list = JsonNode.Parse(await http.GetStringAsync("/v1/models", Cancelled))!;
        Assert.Equal(PricingHost.Model, (string)list["data"]![0]!["id"]!);

        using var stranger = cluster.Client("itt_unknown");
        using var refused = await stranger.GetAsync("/v1/models", Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(
            "authentication_error",
            (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!["type"]!
        );

        var chat = Chat();
        chat["model"] = "no/such";
        using var unknown = await http.PostAsync("/v1/chat/completions", Json(chat), Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("model_not_found", (string)JsonNode.Parse(await unknown.Content.ReadAsStringAsync(Cancelled))!["error"]!["code"]!);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2600:1::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.20.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    public void Only_internet_addresses_are_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, AllowedWeb.IsPublic(IPAddress.Parse(address)));

    private static JsonObject Chat(string? url = null) =>
        new()
        {
            ["model"] = PricingHost.Model,
            ["messages"] = new JsonArray(
                new JsonObject
                {
                    ["role"] = "user",
                    ["content"] = new JsonArray(
                        new JsonObject { ["type"] = "text", ["text"] = "What is in this picture?" },
                        new JsonObject
                        {
                            ["type"] = "image_url",
                            ["image_url"] = new JsonObject { ["url"] = url ?? "data:image/png;base64," + Convert.ToBase64String(Square) },
                        }
                    ),
                }
            ),
        };

    private static StringContent Json(JsonNode body) =>
        new(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
