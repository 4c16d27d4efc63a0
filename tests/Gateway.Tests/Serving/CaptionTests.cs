using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

public sealed class CaptionTests
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_512x512_picture_at_the_recommended_price_costs_exactly_0_000065536_in_header_usage_and_ledger()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"text":"a picture"}""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("0.000065536", Header(answer, "x-cost-usd"));
        Assert.Equal("miss", Header(answer, "x-cache"));
        Assert.Equal("node-0", Header(answer, "x-node"));
        Assert.Equal("revision-1", Header(answer, "x-model-revision"));
        Assert.StartsWith("queue;dur=0, decode;dur=1", Header(answer, "Server-Timing"), StringComparison.Ordinal);

        using var usage = JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        Assert.Equal("0.000065536", usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("cost_usd").GetRawText());
        var record = Assert.Single(cluster.Pricing.Ledger.Values);
        Assert.Equal(Header(answer, "x-request-id"), record.RequestId);
        Assert.Equal("0.000065536", record.CostUsd.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(3, record.Tokens);
        Assert.NotNull(record.SliceId);
    }

    [Fact]
    public async Task Our_node_gets_size_and_options_and_a_foreign_runner_only_what_its_api_knows()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        (
            await http.PostAsync("/image-to-text", Pictures.Form(Square, ("prompt", "a photo of"), ("num_beams", "3")), Cancelled)
        ).EnsureSuccessStatusCode();
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal("512", form["expected_width"]);
        Assert.Equal("512", form["expected_height"]);
        Assert.Equal("3", form["num_beams"]);
        Assert.Equal("a photo of", form["prompt"]);
        Assert.Equal(Square.Length.ToString(CultureInfo.InvariantCulture), form["image"]);

        cluster.Nodes[0].Behaviour.Plain = true;
        cluster.Register((_, node) => node with { Kind = NodeKind.Runner, Token = "secret-token" });
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.Snapshot.Nodes[0].Kind == NodeKind.Runner);
        (
            await http.PostAsync("/image-to-text", Pictures.Form(Square, ("prompt", "a photo of"), ("num_beams", "3")), Cancelled)
        ).EnsureSuccessStatusCode();
        Assert.Equal(["image", "model_id", "prompt"], cluster.Nodes[0].Behaviour.LastForm.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Bearer secret-token", cluster.Nodes[0].Behaviour.LastAuthorization);

        using var refused = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("background", "black")), Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("background", await refused.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_with_base64_or_a_data_url_works_like_the_form()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        byte[] large = Pictures.Png(512, 512, padding: 300_000);
        foreach (
            var (text, length) in new[]
            {
                (Convert.ToBase64String(Square), Square.Length),
                // One for each number of padding characters.
                (Convert.ToBase64String([.. Square, 0]), Square.Length + 1),
                (Convert.ToBase64String([.. Square, 0, 0]), Square.Length + 2),
                ("data:image/png;base64," + Convert.ToBase64String(large), large.Length),
                (Convert.ToBase64String(large).TrimEnd('=').Replace('+', '-').Replace('/', '_'), large.Length),
            }
        )
        {
            // The default encoder writes + as \u002B, so .NET clients send the escaped spelling.
            using var answer = await http.PostAsJsonAsync(
                "/image-to-text",
                new
                {
                    image = text,
                    details = true,
                    num_beams = 2,
                },
                Cancelled
            );
            Assert.Equal("", answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(Cancelled));
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
            Assert.Equal(0.8, body.RootElement.GetProperty("details").GetProperty("confidence").GetDouble());
            Assert.Equal(length.ToString(CultureInfo.InvariantCulture), cluster.Nodes[0].Behaviour.LastForm["image"]);
            Assert.Equal("2", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);
        }

        Assert.Equal(0, cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held);
    }

    [Fact]
    public async Task A_streamed_caption_is_charged_and_the_charge_is_taken_back_if_its_node_breaks_it()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), Cancelled);
        string events = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "data: {\"text\":\"a \"}\n\ndata: {\"text\":\"picture \"}\n\nevent: caption\ndata: {\"text\":\"a picture\"}\n\n",
            events
        );
        await http.GetStringAsync("/usage", Cancelled);
        var records = cluster.Pricing.Ledger.Values.ToList();
        Assert.Equal([0.000065536m, 0], records.Select(static record => record.CostUsd));
        Assert.Equal([null, 3], records.Select(static record => record.Tokens));
        Assert.Equal(records[0].RequestId, records[1].Corrects);

        cluster.Nodes[0].Behaviour.CutsStreams = true;
        using var cut = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), Cancelled);
        Assert.Contains(
            "event: error\ndata: {\"error\":{\"message\":",
            await cut.Content.ReadAsStringAsync(Cancelled),
            StringComparison.Ordinal
        );
        using var usage = JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        var total = usage.RootElement.GetProperty("report").GetProperty("total");
        Assert.Equal(
            (1, 3, 0.000065536m),
            (
                total.GetProperty("captions").GetInt32(),
                total.GetProperty("tokens").GetInt32(),
                total.GetProperty("charged_usd").GetDecimal()
            )
        );
        Assert.Equal([0.000065536m, 0, 0.000065536m, -0.000065536m], cluster.Pricing.Ledger.Values.Select(static record => record.CostUsd));
    }

    [Fact]
    public async Task Invalid_requests_get_a_clear_error_and_cost_nothing()
    {
        await using var cluster = await TestCluster.BuildAsync();
        string key = cluster.Pricing.AddKey("alice", models: [PricingHost.Model]);
        using var http = cluster.Client(key);
        using var nobody = cluster.Client();
        using var stranger = cluster.Client("itt_unknown");

        await RefusedAsync(nobody.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 401, "missing_api_key");
        await RefusedAsync(stranger.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 401, "invalid_api_key");
        await RefusedAsync(http.PostAsync("/image-to-text", new StringContent("x"), Cancelled), 415, "unsupported_content_type");
        await RefusedAsync(
            http.PostAsync("/image-to-text", new MultipartFormDataContent { { new StringContent("x"), "prompt" } }, Cancelled),
            400,
            "image_missing"
        );
        await RefusedAsync(
            http.PostAsync("/image-to-text", Pictures.Form("<html><body>"u8.ToArray()), Cancelled),
            415,
            "unsupported_image"
        );
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(Square[..20]), Cancelled), 422, "invalid_image");
        await RefusedAsync(
            http.PostAsync("/image-to-text", Pictures.Form(Square, ("num_beams", "many")), Cancelled),
            422,
            "invalid_parameter"
        );
        await RefusedAsync(
            http.PostAsync("/image-to-text", Pictures.Form(Square, ("model_id", "nobody/has-it")), Cancelled),
            403,
            "model_not_allowed"
        );
        await RefusedAsync(
            http.PostAsync("/image-to-text", Pictures.Form(Square, ("max_price_per_pixel", "1e-10")), Cancelled),
            402,
            "price_above_cap"
        );
        await RefusedAsync(http.PostAsJsonAsync("/image-to-text", new { prompt = "x" }, Cancelled), 400, "image_missing");
        await RefusedAsync(
            http.PostAsJsonAsync("/image-to-text", new { image = new string('!', 20_000) }, Cancelled),
            400,
            "invalid_request"
        );
        await RefusedAsync(http.PostAsync("/image-to-text", Json(new string('[', 10_000)), Cancelled), 400, "invalid_request");
        await RefusedAsync(http.PostAsync("/image-to-text", Json("{\"image\":"), Cancelled), 400, "invalid_request");
        await RefusedAsync(PostUnlessRefusedAsync(http, Pictures.Form(new byte[50 * 1024 * 1024])), 413, "body_too_large");
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(HugeClaim()), Cancelled), 413, "image_too_large");

        cluster.Nodes[0].Behaviour.Status = 422;
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 422, "invalid_image");
        Assert.Equal(1, cluster.Nodes[0].Behaviour.Received);
        Assert.Equal(0, cluster.Service<Registry.Network>().StatsOf("node-0").Suspension.Faults);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Empty(cluster.Pricing.Ledger);
        Assert.Equal(0, cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held);
    }

    [Fact]
    public async Task A_picture_with_too_long_a_side_is_refused_with_the_limit_and_its_setting()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var refused = await http.PostAsync("/image-to-text", Pictures.Form(LongClaim(32_769)), Cancelled);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains(
            "32769 pixels on a side; at most 32768 are accepted (Gateway:Intake:MaxSide)",
            await refused.Content.ReadAsStringAsync(Cancelled),
            StringComparison.Ordinal
        );
        (await http.PostAsync("/image-to-text", Pictures.Form(LongClaim(32_768)), Cancelled)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task The_error_names_the_cheapest_offer_over_the_cap_and_the_gateways_own_cap_counts()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        cluster.Register((i, node) => PricingHost.Node(node.NodeId, node.Address, i == 0 ? 0.0000000004m : 0.0000000003m));
        cluster.Pricing.SetCaps(0.0000000001m);
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.CapOf(PricingHost.Model) == 0.0000000001m);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.PaymentRequired, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(0.0000000003m, body.RootElement.GetProperty("error").GetProperty("cheapest_price_per_pixel").GetDecimal());
    }

    [Fact]
    public async Task A_failing_node_is_skipped_and_a_full_one_leads_to_a_retry_time()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        cluster.Nodes[0].Behaviour.Status = 500;
        for (int i = 0; i < 20; i++)
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.Equal("node-1", Header(answer, "x-node"));
        }

        // It is suspended after its first fault, so it saw only a few of the twenty requests.
        Assert.InRange(cluster.Nodes[0].Behaviour.Received, 0, 4);

        cluster.Nodes[0].Behaviour.Status = cluster.Nodes[1].Behaviour.Status = 429;
        cluster.Nodes[0].Behaviour.RetryAfter = cluster.Nodes[1].Behaviour.RetryAfter = 7;
        using var busy = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
        Assert.Equal("7", Header(busy, "Retry-After"));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(20, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task With_no_node_the_answer_is_503_and_with_a_node_that_fails_502()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        cluster.Nodes[0].Behaviour.Status = 500;
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 502, "caption_failed");
        cluster.Register((_, node) => node with { State = NodeState.Draining });
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.OffersOf(PricingHost.Model).Count == 0);
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 503, "no_node");

        // Disabled or returning nodes aren't known at all. A request that names no model is still valid.
        cluster.Pricing.SetNodes();
        await Eventually.HoldsAsync(() => !cluster.Service<Registry.Network>().View.Knows(PricingHost.Model));
        await RefusedAsync(http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled), 503, "no_node");
        await RefusedAsync(http.GetAsync("/quote?width=8&height=8", Cancelled), 503, "no_node");
        await RefusedAsync(
            http.PostAsync("/image-to-text", Pictures.Form(Square, ("model_id", PricingHost.Model)), Cancelled),
            404,
            "model_not_found"
        );
    }

    [Fact]
    public async Task A_key_over_its_rate_gets_429_with_retry_after()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", rate: new RateLimit(1, 2)));
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        using var third = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(int.Parse(Header(third, "Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact]
    public async Task A_model_request_counts_towards_the_keys_rate()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", rate: new RateLimit(1, 1)));
        using var asked = await http.PostAsync("/models/requests", Json("{\"model_id\":\"org/model\"}"), Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        await RefusedAsync(http.PostAsync("/models/requests", Json("{\"model_id\":\"org/model\"}"), Cancelled), 429, "rate_limited");
    }

    [Fact]
    public async Task Only_operators_may_set_a_models_expectations()
    {
        const string Expecting = "{\"model_id\":\"org/model\",\"expectations\":{\"cat.jpg\":\"a dog\"}}";
        await using var cluster = await TestCluster.BuildAsync();
        using var caller = cluster.Client(cluster.Pricing.AddKey("alice"));
        await RefusedAsync(caller.PostAsync("/models/requests", Json(Expecting), Cancelled), 403, "scope_missing");
        using var operating = cluster.Client(cluster.Pricing.AddKey("olga", scope: KeyScope.Operate));
        using var taken = await operating.PostAsync("/models/requests", Json(Expecting), Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
    }

    [Fact]
    public async Task Each_picture_of_a_batch_has_its_own_caption_or_error_and_its_own_charge()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Square), "images", "a.png" },
            { new ByteArrayContent("not a picture at all, but long enough to tell"u8.ToArray()), "images", "b.txt" },
            { new ByteArrayContent(Pictures.Png(100, 50)), "images", "c.png" },
        };
        using var answer = await http.PostAsync("/image-to-text/batch", form, Cancelled);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        var results = body.RootElement.GetProperty("results");
        Assert.Equal([200, 415, 200], results.EnumerateArray().Select(static entry => entry.GetProperty("status").GetInt32()));
        Assert.Equal("a picture", results[0].GetProperty("result").GetProperty("text").GetString());
        Assert.Equal("unsupported_image", results[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("0.000066786", Header(answer, "x-cost-usd"));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(0.000066786m, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Fact]
    public async Task A_price_change_is_in_the_next_quote()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var before = JsonDocument.Parse(await http.GetStringAsync("/quote?width=512&height=512", Cancelled));
        Assert.Equal("0.000065536", before.RootElement.GetProperty("offers")[0].GetProperty("cost_usd").GetRawText());
        cluster.Register((i, node) => i == 1 ? PricingHost.Node(node.NodeId, node.Address, 0.0000000001m) : node);
        await Eventually.HoldsAsync(async () =>
        {
            using var quote = JsonDocument.Parse(await http.GetStringAsync("/quote?width=512&height=512", Cancelled));
            return quote.RootElement.GetProperty("offers")[0].GetProperty("cost_usd").GetRawText() == "0.0000262144";
        });
    }

    [Fact]
    public async Task A_revoked_key_is_refused_once_the_registry_announces_it()
    {
        await using var cluster = await TestCluster.BuildAsync();
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client(key);
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        cluster.Pricing.RevokeKey("alice");
        await Eventually.HoldsAsync(async () =>
            (await http.GetAsync("/quote?width=1&height=1", Cancelled)).StatusCode == HttpStatusCode.Unauthorized
        );
    }

    [Fact]
    public async Task The_openapi_document_names_every_route_with_examples()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json", Cancelled));
        var paths = document.RootElement.GetProperty("paths");
        foreach (
            string? path in new[] { "/image-to-text", "/image-to-text/batch", "/quote", "/models", "/models/requests", "/usage", "/prices" }
        )
        {
            foreach (var operation in paths.GetProperty(path).EnumerateObject())
            {
                var success = operation.Value.GetProperty("responses").EnumerateObject().First();
                Assert.True(success.Value.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _), path);
                Assert.True(operation.Value.TryGetProperty("summary", out _), path);
            }
        }
    }

    private static byte[] HugeClaim()
    {
        byte[] png = Pictures.Png(1, 1);
        png.AsSpan(16, 8).Clear();
        png[17] = png[21] = 2; // 131,072 x 131,072
        return png;
    }

    private static byte[] LongClaim(int width)
    {
        byte[] png = Pictures.Png(1, 1);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        return png;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    // Sends the body only on request, so an early refusal arrives however long the body would take.
    private static async Task<HttpResponseMessage> PostUnlessRefusedAsync(HttpClient like, HttpContent content)
    {
        using var patient = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(2) };
        using var http = new HttpClient(patient)
        {
            BaseAddress = like.BaseAddress,
            DefaultRequestHeaders = { Authorization = like.DefaultRequestHeaders.Authorization, ExpectContinue = true },
        };
        return await http.PostAsync("/image-to-text", content, Cancelled);
    }

    private static async Task RefusedAsync(Task<HttpResponseMessage> sending, int status, string code)
    {
        using var answer = await sending;
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(
            (status, code),
            ((int)answer.StatusCode, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString())
        );
        Assert.Equal(
            Header(answer, "x-request-id"),
            JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("request_id").GetString()
        );
        Assert.Null(Header(answer, "x-cost-usd"));
    }
}
