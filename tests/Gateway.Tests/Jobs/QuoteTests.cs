using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>A batch says before it starts what it will cost.</summary>
public sealed class QuoteTests
{
    private const decimal Price = 2.5e-10m;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_headers_of_the_pictures_decide_and_the_batch_costs_exactly_that()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:PriceFactor=0.5"]);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var file = await Library.UploadAsync(http, [Library.Line("a", 64), "not json", Library.Line("b", 96)]);
        var before = JsonNode.Parse(await http.GetStringAsync($"/v1/files/{(string)file["id"]!}/quote", Cancelled))!;
        var started = await Library.StartAsync(http, (string)file["id"]!);
        decimal cost = ((64 * 64) + (96 * 96)) * Price * 0.5m;
        Assert.Equal(
            (cost, cost, 2, 0, (64 * 64) + (96 * 96)),
            (
                (decimal)started["quote"]!["least_usd"]!,
                (decimal)started["quote"]!["most_usd"]!,
                (int)started["quote"]!["pictures"]!,
                (int)started["quote"]!["bounded"]!,
                (int)started["quote"]!["pixels"]!
            )
        );
        var ended = await Library.EndAsync(http, (string)started["id"]!);
        Assert.Equal(cost, (decimal)ended["cost_usd"]!);
        Assert.Equal(started["quote"]!.ToJsonString(), ended["quote"]!.ToJsonString());
        Assert.Equal(started["quote"]!.ToJsonString(), before["quote"]!.ToJsonString());
    }

    [Fact]
    public async Task A_picture_whose_header_is_not_there_counts_as_the_largest_that_is_taken()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Intake:MaxPixels=1000000"]);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string line = Library.Line("a", 64);
        int start = line.IndexOf("data:", StringComparison.Ordinal);
        string remote = line[..start] + "https://pictures.example/a.png" + line[line.IndexOf('"', start)..];
        var quote = (await Library.RunAsync(http, [Library.Line("b", 64), remote.Replace("\"a\"", "\"c\"", StringComparison.Ordinal)]))[
            "quote"
        ]!;
        Assert.Equal((2, 1, 64 * 64), ((int)quote["pictures"]!, (int)quote["bounded"]!, (int)quote["pixels"]!));
        Assert.Equal(64 * 64 * Price, (decimal)quote["least_usd"]!);
        Assert.Equal(((64 * 64) + 1_000_000) * Price, (decimal)quote["most_usd"]!);
    }

    [Theory]
    [InlineData(0.9, 402)]
    [InlineData(1.0, 200)]
    public async Task A_batch_that_may_cost_more_than_its_caller_allows_is_not_started(double share, int status)
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var file = await Library.UploadAsync(http, Library.Lines(3));
        decimal cost = ((16 * 16) + (17 * 17) + (18 * 18)) * Price;
        using var answer = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = (string)file["id"]!,
                ["endpoint"] = Library.Path,
                ["completion_window"] = "24h",
                ["max_cost_usd"] = cost * (decimal)share,
            },
            Cancelled
        );
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        if (status == 402)
        {
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["error"]!;
            Assert.Equal(("price_above_cap", "max_cost_usd"), ((string)error["code"]!, (string)error["param"]!));
            Assert.Empty(JsonNode.Parse(await http.GetStringAsync("/v1/batches", Cancelled))!["data"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_batch_all_of_whose_requests_are_above_their_cap_is_not_started()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string line = Library.Line("a", 64).Replace("\"body\":{", "\"body\":{\"max_price_per_pixel\":1e-10,", StringComparison.Ordinal);
        var file = await Library.UploadAsync(http, [line]);
        using var answer = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = (string)file["id"]!,
                ["endpoint"] = Library.Path,
                ["completion_window"] = "24h",
            },
            Cancelled
        );
        Assert.Equal(HttpStatusCode.PaymentRequired, answer.StatusCode);
    }
}
