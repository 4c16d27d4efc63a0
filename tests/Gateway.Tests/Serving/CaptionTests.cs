using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>Captions, what they cost, and which node makes them.</summary>
public sealed class CaptionTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_512x512_picture_at_the_recommended_price_costs_exactly_0_000065536_in_header_usage_and_ledger()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"text":"a picture"}""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("0.000065536", answer.Header("x-cost-usd"));
        Assert.Equal("miss", answer.Header("x-cache"));
        Assert.Equal("node-0", answer.Header("x-node"));
        Assert.Equal("revision-1", answer.Header("x-model-revision"));
        Assert.StartsWith("queue;dur=0, decode;dur=1", answer.Header("Server-Timing"), StringComparison.Ordinal);

        using var usage = JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        Assert.Equal("0.000065536", usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("cost_usd").GetRawText());
        var record = Assert.Single(cluster.Pricing.Ledger.Values);
        Assert.Equal(answer.Header("x-request-id"), record.RequestId);
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
        var cluster = await shared.AsNewAsync();
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
    public async Task A_failing_node_is_skipped_and_a_full_one_leads_to_a_retry_time()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        cluster.Nodes[0].Behaviour.Status = 500;
        for (int i = 0; i < 20; i++)
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.Equal("node-1", answer.Header("x-node"));
        }

        // It is suspended after its first fault, so it saw only a few of the twenty requests.
        Assert.InRange(cluster.Nodes[0].Behaviour.Received, 0, 4);

        cluster.Nodes[0].Behaviour.Status = cluster.Nodes[1].Behaviour.Status = 429;
        cluster.Nodes[0].Behaviour.RetryAfter = cluster.Nodes[1].Behaviour.RetryAfter = 7;
        using var busy = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
        Assert.Equal("7", busy.Header("Retry-After"));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(20, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task Each_picture_of_a_batch_has_its_own_caption_or_error_and_its_own_charge()
    {
        var cluster = await shared.AsNewAsync();
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
        Assert.Equal("0.000066786", answer.Header("x-cost-usd"));
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
}
