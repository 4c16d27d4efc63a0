using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>Requests that the gateway refuses: what it says, and that they cost nothing.</summary>
public sealed class CaptionRefusalTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Invalid_requests_get_a_clear_error_and_cost_nothing()
    {
        var cluster = await shared.AsNewAsync();
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
        var cluster = await shared.AsNewAsync();
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
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", rate: new RateLimit(1, 2)));
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        using var third = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(int.Parse(third.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact]
    public async Task A_model_request_counts_towards_the_keys_rate()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", rate: new RateLimit(1, 1)));
        using var asked = await http.PostAsync("/models/requests", Json("{\"model_id\":\"org/model\"}"), Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        await RefusedAsync(http.PostAsync("/models/requests", Json("{\"model_id\":\"org/model\"}"), Cancelled), 429, "rate_limited");
    }

    [Fact]
    public async Task Only_operators_may_set_a_models_expectations()
    {
        const string Expecting = "{\"model_id\":\"org/model\",\"expectations\":{\"cat.jpg\":\"a dog\"}}";
        var cluster = await shared.AsNewAsync();
        using var caller = cluster.Client(cluster.Pricing.AddKey("alice"));
        await RefusedAsync(caller.PostAsync("/models/requests", Json(Expecting), Cancelled), 403, "scope_missing");
        using var operating = cluster.Client(cluster.Pricing.AddKey("olga", scope: KeyScope.Operate));
        using var taken = await operating.PostAsync("/models/requests", Json(Expecting), Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_once_the_registry_announces_it()
    {
        var cluster = await shared.AsNewAsync();
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client(key);
        (await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled)).EnsureSuccessStatusCode();
        cluster.Pricing.RevokeKey("alice");
        await Eventually.HoldsAsync(async () =>
            (await http.GetAsync("/quote?width=1&height=1", Cancelled)).StatusCode == HttpStatusCode.Unauthorized
        );
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
            answer.Header("x-request-id"),
            JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("request_id").GetString()
        );
        Assert.Null(answer.Header("x-cost-usd"));
    }
}
