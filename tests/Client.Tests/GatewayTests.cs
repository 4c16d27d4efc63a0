using System.Net;
using ImageToText.Contracts.Accounts;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Client.Tests;

/// <summary>The client against a real gateway with fake nodes.</summary>
public sealed class GatewayTests
{
    private static readonly Picture Square = new(Pictures.Png(512, 512), "a \"square\".png");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Options_reach_the_node_and_the_receipt_states_the_cost()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var caption = await Client(cluster, http)
            .CaptionAsync(
                Square,
                new CaptionOptions
                {
                    ModelId = PricingHost.Model,
                    Prompt = "a photo of",
                    NumBeams = 3,
                    MaxNewTokens = 30,
                    EarlyStopping = EarlyStopping.Never,
                    LengthPenalty = 0.5,
                    TopK = 7,
                    Seed = long.MaxValue,
                    DoSample = true,
                    SuppressDefectWords = false,
                    Details = true,
                    MaxPricePerPixel = 0.000001m,
                },
                Cancelled
            );
        Assert.Equal("a picture", caption.Text);
        Assert.Equal(0.8, caption.Details!.Confidence);
        Assert.Equal(
            (0.000065536m, "miss", "node-0", "revision-1"),
            (caption.Receipt.CostUsd, caption.Receipt.Cache, caption.Receipt.Node, caption.Receipt.ModelRevision)
        );
        Assert.NotNull(caption.Receipt.RequestId);
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal(
            ("a photo of", "3", "30", "never", "0.5", "7", "9223372036854775807", "true", "false"),
            (
                form["prompt"],
                form["num_beams"],
                form["max_new_tokens"],
                form["early_stopping"],
                form["length_penalty"],
                form["top_k"],
                form["seed"],
                form["do_sample"],
                form["suppress_defect_words"]
            )
        );
    }

    [Fact]
    public async Task A_stream_arrives_in_pieces_and_ends_with_the_whole_caption()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var updates = new List<CaptionUpdate>();
        await foreach (var update in Client(cluster, http).StreamCaptionAsync(Square, new CaptionOptions { Details = true }, Cancelled))
        {
            updates.Add(update);
        }

        Assert.Equal("a picture ", string.Concat(updates.Select(static update => update.Piece?.Text)));
        Assert.Equal("a picture", updates[^1].Whole!.Text);
        Assert.NotNull(updates[^1].Whole!.Details);
        Assert.Equal(0.000065536m, updates[^1].Whole!.Receipt.CostUsd);
    }

    [Fact]
    public async Task A_stream_cut_off_by_its_node_ends_with_the_gateways_message()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.CutsStreams = true;
        using var http = cluster.Client();
        await using var updates = Client(cluster, http)
            .StreamCaptionAsync(Square, cancellationToken: Cancelled)
            .GetAsyncEnumerator(Cancelled);
        Assert.True(await updates.MoveNextAsync());
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => updates.MoveNextAsync().AsTask());
        Assert.Equal("caption_failed", error.Code);
        Assert.NotNull(error.RequestId);
    }

    [Fact]
    public async Task Each_picture_of_a_batch_has_its_own_result_or_error()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var batch = await Client(cluster, http)
            .CaptionBatchAsync([Square, new Picture("no picture at all"u8.ToArray(), "notes.txt")], cancellationToken: Cancelled);
        Assert.Equal(("a picture", null), (batch.Results[0].Result?.Text, batch.Results[0].Error));
        Assert.Equal(
            ("notes.txt", 415, "unsupported_image"),
            (batch.Results[1].Name, batch.Results[1].Status, batch.Results[1].Error?.Code)
        );
        Assert.Equal(0.000065536m, batch.CostUsd);
    }

    [Fact]
    public async Task Every_refusal_has_its_code_and_request_id()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var client = Client(cluster, http);
        await RefusedAsync(
            client.CaptionAsync(new Picture("no picture at all"u8.ToArray()), cancellationToken: Cancelled),
            415,
            "unsupported_image"
        );
        await RefusedAsync(client.CaptionAsync(Square, new CaptionOptions { NumBeams = 99 }, Cancelled), 422, "invalid_parameter");
        await RefusedAsync(client.CaptionAsync(Square, new CaptionOptions { ModelId = "no/such" }, Cancelled), 404, "model_not_found");
        await RefusedAsync(client.GetQuoteAsync(8, 8, "no/such", cancellationToken: Cancelled), 404, "model_not_found");
        var dear = await RefusedAsync(
            client.CaptionAsync(Square, new CaptionOptions { MaxPricePerPixel = 1e-20m }, Cancelled),
            402,
            "price_above_cap"
        );
        Assert.Equal(0.00000000025m, dear.CheapestPricePerPixel);
        var stranger = new ImageToTextClient(http, new ImageToTextClientOptions { ApiKey = "itt_unknown" });
        await RefusedAsync(stranger.CaptionAsync(Square, cancellationToken: Cancelled), 401, "invalid_api_key");

        var quote = await client.GetQuoteAsync(512, 512, cancellationToken: Cancelled);
        Assert.Equal(("node-0", 0.000065536m), (quote.Offers.Single().NodeId, quote.Offers.Single().CostUsd));
    }

    [Fact]
    public async Task Too_many_requests_is_429_with_a_retry_time()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        string key = cluster.Pricing.AddKey("hasty", rate: new RateLimit(1, 1));
        var client = new ImageToTextClient(http, new ImageToTextClientOptions { ApiKey = key, MaxRetries = 0 });
        await client.CaptionAsync(Square, cancellationToken: Cancelled);
        var error = await RefusedAsync(client.CaptionAsync(Square, cancellationToken: Cancelled), 429, "rate_limited");
        Assert.True(error.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public async Task While_the_node_is_busy_the_client_retries_when_the_gateway_says()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: "Gateway:Selection:BusyAtMost=00:00:00.001");
        var node = cluster.Nodes[0].Behaviour;
        (node.Status, node.RetryAfter) = (429, 7);
        using var http = cluster.Client();
        var clock = new FakeTimeProvider();
        var began = clock.GetUtcNow();
        var asked = Client(cluster, http, clock).CaptionAsync(Square, cancellationToken: Cancelled);
        await Eventually.HoldsAsync(() => node.Received == 1);
        node.Status = 200;
        // The clock moves a second at a time until the answer arrives, which is not before the seventh second.
        await Eventually.HoldsAsync(() =>
        {
            if (!asked.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            return asked.IsCompleted;
        });
        Assert.Equal("a picture", (await asked).Text);
        Assert.Equal(2, node.Received);
        Assert.True(clock.GetUtcNow() - began >= TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_caller_who_cancels_frees_the_node_and_pays_nothing()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var node = cluster.Nodes[0].Behaviour;
        node.Delay = TimeSpan.FromMinutes(1);
        using var http = cluster.Client();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var asked = Client(cluster, http).CaptionAsync(Square, cancellationToken: leaving.Token);
        await Eventually.HoldsAsync(() => node.Running == 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await Eventually.HoldsAsync(() => node.Running == 0);
        Assert.Empty(cluster.Pricing.Ledger);
    }

    [Fact]
    public async Task An_unreachable_service_is_reported_with_its_address()
    {
        using var http = new HttpClient();
        var client = new ImageToTextClient(
            http,
            new ImageToTextClientOptions { Endpoint = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}") }
        );
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => client.GetModelsAsync(Cancelled));
        Assert.Equal(ClientErrorCode.Unreachable, error.Code);
        Assert.Null(error.StatusCode);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    private static ImageToTextClient Client(TestCluster cluster, HttpClient http, TimeProvider? time = null) =>
        new(http, new ImageToTextClientOptions { ApiKey = cluster.Pricing.AddKey("alice"), Timeout = TimeSpan.FromDays(1) }, time);

    private static async Task<ImageToTextException> RefusedAsync(Task asked, int status, string code)
    {
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => asked);
        Assert.Equal(((HttpStatusCode)status, code), (error.StatusCode, error.Code));
        Assert.NotNull(error.RequestId);
        return error;
    }
}
