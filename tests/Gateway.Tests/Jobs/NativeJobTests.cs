using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Our own jobs: addresses and folders, each picture one result and one charge.</summary>
public sealed class NativeJobTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Addresses_are_captioned_one_by_one_and_a_retry_takes_what_failed()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new JobWeb
        {
            ["/a.png"] = Pictures.Png(16, 16),
            ["/text.png"] = "no picture"u8.ToArray(),
            ["/b.png"] = Pictures.Png(17, 17),
        };
        await NativeJobs.AddGatewayAsync(cluster, web);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string[] addresses =
        [
            "https://a.example.org/a.png",
            "https://elsewhere.com/a.png",
            "https://a.example.org/later.png",
            "https://a.example.org/text.png",
            "https://a.example.org/b.png",
        ];
        var started = await NativeJobs.StartAsync(
            http,
            new JsonObject { ["addresses"] = NativeJobs.ArrayOf(addresses), ["num_beams"] = 2 }
        );
        Assert.Equal("validating", started.Status);

        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal("completed", ended.Status);
        Assert.Equal(new JobCounts(5, 2, 3), ended.Pictures);
        Assert.Equal(
            [("invalid_request", 2), ("unsupported_image", 1)],
            ended.Failures.OrderBy(static f => f.Key).Select(static f => (f.Key, f.Value))
        );
        var results = await NativeJobs.ResultsAsync(http, started.Id);
        Assert.Equal([addresses[0], addresses[4], addresses[1], addresses[2], addresses[3]], results.Select(static line => line.Picture));
        Assert.Equal([200, 200, 400, 400, 415], results.Select(static line => line.Status));
        Assert.Equal("a picture", results[0].Result!.Text);
        Assert.Contains("from this host", results[2].Error!.Message, StringComparison.Ordinal);

        web["/later.png"] = Pictures.Png(18, 18);
        using var answer = await http.PostAsync($"/jobs/{started.Id}/retry", null, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var retry = (await answer.Content.ReadFromJsonAsync(GatewayApiJson.Default.JobInfo, Cancelled))!;
        Assert.Equal(started.Id, retry.RetryOf);
        Assert.Equal(new JobCounts(3, 1, 2), (await NativeJobs.EndAsync(http, retry.Id)).Pictures);

        await http.GetStringAsync("/usage", Cancelled);
        var ledger = cluster.Pricing.Ledger;
        Assert.Equal(((16 * 16) + (17 * 17) + (18 * 18)) * 2.5e-10m, ledger.Values.Sum(static record => record.CostUsd));
        Assert.Equal(ended.CostUsd, results.Sum(static line => line.CostUsd));
        Assert.All(results.Where(static line => line.Result is not null), line => Assert.True(ledger.ContainsKey(line.RequestId)));

        var list = await http.GetFromJsonAsync("/jobs", GatewayApiJson.Default.JobList, Cancelled);
        Assert.Equal([retry.Id, started.Id], list!.Jobs.Select(static job => job.Id));
        Assert.Empty(JsonNode.Parse(await http.GetStringAsync("/v1/batches", Cancelled))!["data"]!.AsArray());
        Assert.Empty(JsonNode.Parse(await http.GetStringAsync("/v1/files", Cancelled))!["data"]!.AsArray());
        using var bob = cluster.Client(cluster.Pricing.AddKey("bob"));
        using var hidden = await bob.GetAsync($"/jobs/{started.Id}/results", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var removed = await http.DeleteAsync("/jobs/" + started.Id, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var gone = await http.GetAsync("/jobs/" + started.Id, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_folder_is_captioned_with_text_files_beside_its_pictures_and_no_link_leads_out_of_it()
    {
        using var folder = new TemporaryFolder();
        using var outside = new TemporaryFolder();
        NativeJobs.Write(folder, "2026/a.png", 16);
        NativeJobs.Write(folder, "2026/a.bmp.png", 17);
        NativeJobs.Write(folder, "2026/deep/b.png", 18);
        NativeJobs.Write(folder, "2025/old.png", 19);
        NativeJobs.Write(outside, "secret/c.png", 20);
        folder.Write("2026/a.jpg", "no picture");
        folder.Write("2026/notes.txt", "mine");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "2026/link.png"), Path.Combine(outside.Path, "secret/c.png"));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "2026/away"), Path.Combine(outside.Path, "secret"));
        await using var cluster = await TestCluster.BuildAsync(
            settings:
            [
                "Gateway:OpenFolders:Folders:0:Name=photos",
                "Gateway:OpenFolders:Folders:0:Path=" + folder.Path,
                "Gateway:OpenFolders:Folders:0:Sidecars=true",
                "Gateway:OpenFolders:Folders:1:Name=shut",
                "Gateway:OpenFolders:Folders:1:Path=" + folder.Path,
            ]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos/2026", ["sidecars"] = true });
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal("photos/2026", ended.Folder);
        Assert.Equal(
            [
                "photos/2026/a.bmp.png 200",
                "photos/2026/a.png 200",
                "photos/2026/deep/b.png 200",
                "photos/2026/a.jpg 415",
                "photos/2026/link.png 404",
            ],
            (await NativeJobs.ResultsAsync(http, started.Id)).Select(static line => $"{line.Picture} {line.Status}")
        );
        Assert.Equal("a picture\n", await File.ReadAllTextAsync(Path.Combine(folder.Path, "2026/deep/b.txt"), Cancelled));
        // a.jpg comes first and failed; its name stays its own.
        Assert.Equal(
            ["a.bmp.txt", "a.png.txt", "deep/b.txt", "notes.txt"],
            Directory
                .EnumerateFiles(Path.Combine(folder.Path, "2026"), "*.txt", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Path.Combine(folder.Path, "2026"), path))
                .Where(static path => !path.StartsWith("away", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
        Assert.Single(Directory.EnumerateFiles(outside.Path, "*", SearchOption.AllDirectories));

        foreach (
            var (body, status) in ((string, int)[])
                [
                    ("""{"folder":"elsewhere"}""", 404),
                    ("""{"folder":"photos/.."}""", 404),
                    ("""{"folder":"photos/2026/away"}""", 404),
                    ("""{"folder":"photos/none"}""", 404),
                    ("""{"folder":"shut","sidecars":true}""", 422),
                    ("""{"folder":"photos","num_beams":99}""", 422),
                    ("""{"folder":"photos","addresses":["https://a.example.org/a.png"]}""", 400),
                    ("""{"addresses":[]}""", 400),
                    ("""{"addresses":["x"],"completion_window":"9y"}""", 422),
                ]
        )
        {
            Assert.Equal((body, status), (body, await NativeJobs.PostAsync(http, body)));
        }
    }

    [Fact]
    public async Task A_job_pauses_for_its_budget_and_can_be_cancelled_then()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new JobWeb();
        for (int i = 0; i < 20; i++)
        {
            // Different pictures, so that none is in the cache.
            web[$"/{i}.png"] = Pictures.Png(64, 64, (byte)i);
        }

        await NativeJobs.AddGatewayAsync(cluster, web, "Gateway:Jobs:BudgetPause=00:00:01");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 64 * 64 * 2.5e-10m * 3));
        var addresses = Enumerable.Range(0, 20).Select(static i => $"https://a.example.org/{i}.png");
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["addresses"] = NativeJobs.ArrayOf(addresses) });
        var paused = started;
        await Eventually.HoldsAsync(async () =>
            (paused = (await http.GetFromJsonAsync("/jobs/" + started.Id, GatewayApiJson.Default.JobInfo, Cancelled))!).Pause is not null
        );
        Assert.Equal("budget_exhausted", paused.Pause!.Reason);
        using var answer = await http.PostAsync($"/jobs/{started.Id}/cancel", null, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal("cancelled", ended.Status);
        Assert.Equal(3, ended.Pictures.Captioned);
    }
}
