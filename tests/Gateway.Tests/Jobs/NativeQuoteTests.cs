using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>One of our own jobs says before it starts what it will cost.</summary>
public sealed class NativeQuoteTests
{
    private const decimal Price = 2.5e-10m;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_costs_what_its_quote_says_and_addresses_count_as_the_largest_pictures()
    {
        using var folder = new TemporaryFolder();
        NativeJobs.Write(folder, "a.png", 64);
        NativeJobs.Write(folder, "b.png", 96);
        folder.Write("c.jpg", "no picture");
        await using var cluster = await TestCluster.BuildAsync(
            settings:
            [
                "Gateway:Intake:MaxPixels=1000000",
                "Gateway:Jobs:PriceFactor=0.5",
                "Gateway:OpenFolders:Folders:0:Name=photos",
                "Gateway:OpenFolders:Folders:0:Path=" + folder.Path,
            ]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        const long pixels = (64 * 64) + (96 * 96);
        const decimal cost = pixels * Price * 0.5m;
        var quote = await NativeJobs.QuoteAsync(http, new JsonObject { ["folder"] = "photos" });
        Assert.Equal(new JobQuote(cost, cost, pixels, 2, 0), quote);
        Assert.Equal(
            new JobQuote(0, 1_000_000 * Price * 0.5m, 0, 1, 1),
            await NativeJobs.QuoteAsync(http, new JsonObject { ["addresses"] = NativeJobs.ArrayOf(["https://a.example.org/a.png"]) })
        );

        using var refused = await http.PostAsJsonAsync(
            "/jobs",
            new JsonObject { ["folder"] = "photos", ["max_cost_usd"] = cost * 0.9m },
            Cancelled
        );
        var error = (await refused.Content.ReadFromJsonAsync(GatewayApiJson.Default.ErrorBody, Cancelled))!.Error;
        Assert.Equal((HttpStatusCode.PaymentRequired, "max_cost_usd"), (refused.StatusCode, error.Param));
        Assert.Empty((await http.GetFromJsonAsync("/jobs", GatewayApiJson.Default.JobList, Cancelled))!.Jobs);
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos", ["max_cost_usd"] = cost });
        Assert.Equal(quote, started.Quote);
        Assert.Equal(cost, (await NativeJobs.EndAsync(http, started.Id)).CostUsd);
    }
}
