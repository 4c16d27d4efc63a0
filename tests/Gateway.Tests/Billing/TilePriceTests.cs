using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.Caching;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>A model that cuts pictures into tiles: the smallest picture costs as much as all that the model sees of it.</summary>
public sealed class TilePriceTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    // Those of SmolVLM-256M: a square picture is seen in 4 x 4 tiles and as a whole.
    private static readonly PictureTiles Tiles = new(512, 2048);
    private static readonly decimal Pixel = 0.00000000025m;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, 17 * 512 * 512)]
    [InlineData(4, 3, 13 * 512 * 512)]
    [InlineData(3, 4, 13 * 512 * 512)]
    [InlineData(300, 1, 5 * 512 * 512)]
    [InlineData(1, 300, 5 * 512 * 512)]
    [InlineData(5000, 5000, 25_000_000)]
    public async Task A_quote_and_a_caption_cost_at_least_the_pixels_of_all_views(int width, int height, long pixels)
    {
        var cluster = await SharedAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        string cost = Cost.Of(pixels, Pixel).ToString(CultureInfo.InvariantCulture);

        var quote = await http.GetFromJsonAsync<JsonElement>($"/quote?width={width}&height={height}", Cancelled);
        var captioned = await CachingCluster.CaptionAsync(http, Pictures.Png(width, height));

        var offer = quote.GetProperty("offers")[0];
        Assert.Equal((long)width * height, quote.GetProperty("pixels").GetInt64());
        Assert.Equal((pixels, cost), (offer.GetProperty("pixels").GetInt64(), offer.GetProperty("cost_usd").GetRawText()));
        Assert.Equal(cost, captioned.Cost);
        await Eventually.HoldsAsync(() => cluster.Pricing.Ledger.Count == 1);
        var record = cluster.Pricing.Ledger.Values.Single();
        Assert.Equal((pixels, Cost.Of(pixels, Pixel)), (record.Pixels, record.CostUsd));
    }

    [Fact]
    public async Task A_budget_that_covers_the_picture_but_not_its_views_is_too_small()
    {
        var cluster = await SharedAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 0.001m));
        using var refused = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(1, 1)), Cancelled);
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Empty(cluster.Pricing.Ledger);
    }

    [Fact]
    public async Task A_known_caption_costs_its_share_of_the_views()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var cluster = await BuildAsync($"ConnectionStrings:redis={redis.ConnectionString}", "Gateway:Cache:HitPriceFactor=0.5");
        await CachingCluster.OpenAsync(cluster);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        byte[] dot = Pictures.Png(1, 1);

        var made = await CachingCluster.CaptionAsync(http, dot);
        var known = await CachingCluster.CaptionAsync(http, dot);

        Assert.Equal(("miss", "0.001114112"), (made.Cache, made.Cost));
        Assert.Equal(("hit", "0.000557056"), (known.Cache, known.Cost));
    }

    private async Task<TestCluster> SharedAsync()
    {
        var cluster = await shared.AsNewAsync();
        await cluster.RegisterAsync(InTiles);
        return cluster;
    }

    private static async Task<TestCluster> BuildAsync(params string[] settings)
    {
        var cluster = await TestCluster.BuildAsync(nodes: 1, gateways: 0);
        cluster.Register(InTiles);
        await cluster.AddGatewayAsync(settings);
        return cluster;
    }

    private static NetworkNode InTiles(int index, NetworkNode node) =>
        node with
        {
            Models = [.. node.Models.Select(static model => model with { Tiles = Tiles })],
        };
}
