using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Quartz;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Buckets that refuse, stall or can't be written while a job runs.</summary>
public sealed class BucketFaultTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Captions_without_their_text_files_wait_outside_the_queue_and_are_made_and_charged_once()
    {
        const int count = 20;
        await using var bucket = await FakeBucket.StartAsync();
        for (int i = 0; i < count; i++)
        {
            bucket.Objects[string.Create(CultureInfo.InvariantCulture, $"photos/{i}.png")] = Pictures.Png(16 + i, 16);
        }

        bucket.Refuses = static request => IsWritten(request, "") ? (408, "Away") : null;
        await using var cluster = await TestCluster.BuildAsync(settings: bucket.Open("library"));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(
            http,
            new JsonObject
            {
                ["bucket"] = "library",
                ["sidecars"] = true,
                ["results_key"] = "all.jsonl",
            }
        );
        var node = cluster.Nodes[0].Behaviour;
        var paused = await PausedAsync(http, started.Id);
        await Eventually.HoldsAsync(() => node.Received == count && node.Running == 0);
        Assert.Equal(("bucket_unavailable", new JobCounts(count, 0, 0)), (paused.Pause!.Reason, paused.Pictures));
        Assert.Contains("can't be reached", paused.Pause.Message, StringComparison.Ordinal);
        var queue = cluster.Service<JobQueue>();
        await Eventually.HoldsAsync(async () => !await queue.HasPartsAsync(started.Id, Cancelled));

        // The results come last, and the job says that it waits for them.
        bucket.Refuses = static request => IsWritten(request, ".jsonl") ? (408, "Away") : null;
        await Eventually.HoldsAsync(async () =>
            await FindAsync(http, started.Id) is { Status: "finalizing", Pause.Reason: "bucket_unavailable" }
        );
        // Meanwhile no place of the queue is taken.
        var scheduler = await queue.StartAsync(Cancelled);
        await Eventually.HoldsAsync(async () => (await scheduler.QueryFireInstances(new FireInstanceQuery(), Cancelled)).Items.Count == 0);
        var released = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        bucket.Refuses = static _ => null;
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal(("completed", new JobCounts(count, count, 0), null), (ended.Status, ended.Pictures, ended.ResultsFault));
        Assert.InRange(ended.EndedAt!.Value, released, DateTimeOffset.MaxValue);
        Assert.Equal(count, node.Received);
        Assert.Equal(count, bucket.Objects.Keys.Count(static key => key.EndsWith(".txt", StringComparison.Ordinal)));
        Assert.Equal("a picture\n", Encoding.UTF8.GetString(bucket.Objects["photos/7.txt"]));
        Assert.Equal(count, Encoding.UTF8.GetString(bucket.Objects["photos/all.jsonl"]).Count(static letter => letter == '\n'));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(count, cluster.Pricing.Ledger.Count);
        Assert.Equal(ended.CostUsd, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Fact]
    public async Task A_job_that_is_cancelled_without_its_text_files_names_them_and_their_price()
    {
        await using var bucket = await FakeBucket.StartAsync();
        bucket.Objects["photos/a.png"] = Pictures.Png(16, 16);
        bucket.Refuses = static request => IsWritten(request, "") ? (408, "Away") : null;
        await using var cluster = await TestCluster.BuildAsync(settings: bucket.Open("library"));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["bucket"] = "library", ["sidecars"] = true });
        await PausedAsync(http, started.Id);
        Assert.Empty(await NativeJobs.ResultsAsync(http, started.Id));
        (await http.PostAsync($"/jobs/{started.Id}/cancel", null, Cancelled)).Dispose();
        var ended = await NativeJobs.EndAsync(http, started.Id);
        var result = Assert.Single(await NativeJobs.ResultsAsync(http, started.Id));
        Assert.Equal(("cancelled", new JobCounts(1, 0, 1)), (ended.Status, ended.Pictures));
        Assert.Equal((503, "bucket_unavailable", null), (result.Status, result.Error!.Code, result.Result));
        Assert.Equal((16 * 16 * 2.5e-10m, ended.CostUsd), (result.CostUsd, result.CostUsd));
    }

    [Fact]
    public async Task Credentials_that_expire_pause_the_job_and_an_object_that_is_shut_fails_alone()
    {
        await using var bucket = await FakeBucket.StartAsync();
        foreach (string name in (string[])["a", "b", "shut"])
        {
            bucket.Objects[$"photos/{name}.png"] = Pictures.Png(16, 16);
        }

        bucket.Refuses = static request => request.Path.Value!.EndsWith("png", StringComparison.Ordinal) ? (403, "ExpiredToken") : null;
        await using var cluster = await TestCluster.BuildAsync(settings: bucket.Open("library"));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["bucket"] = "library" });
        var paused = await PausedAsync(http, started.Id);
        Assert.Equal("bucket_denied", paused.Pause!.Reason);
        Assert.Contains("Ask the operator to renew them", paused.Pause.Message, StringComparison.Ordinal);
        await Eventually.HoldsAsync(async () => !await cluster.Service<JobQueue>().HasPartsAsync(started.Id, Cancelled));

        // Without an error code of its own, a bucket that shows nothing at all is one, too.
        int listings = bucket.Listings;
        bucket.Refuses = static _ => (403, "AccessDenied");
        await Eventually.HoldsAsync(() => bucket.Listings > listings);
        await Eventually.HoldsAsync(async () => await FindAsync(http, started.Id) is { Pause.Reason: "bucket_denied" });

        bucket.Refuses = static request =>
            request.Path.Value!.EndsWith("shut.png", StringComparison.Ordinal) ? (403, "AccessDenied") : null;
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal(("completed", new JobCounts(3, 2, 1)), (ended.Status, ended.Pictures));
        Assert.Equal(1, ended.Failures["invalid_request"]);
    }

    [Fact]
    public async Task A_picture_that_comes_too_slowly_times_out_and_an_empty_one_costs_nothing()
    {
        await using var bucket = await FakeBucket.StartAsync();
        bucket.Objects["photos/slow.png"] = Pictures.Png(64, 64);
        bucket.Objects["photos/empty.png"] = [];
        bucket.Stalls = "photos/slow.png";
        await using var cluster = await TestCluster.BuildAsync(settings: bucket.Open("library"));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        Assert.Equal(
            new JobQuote(0, 0, 0, 0, 0),
            await NativeJobs.QuoteAsync(http, new JsonObject { ["bucket"] = "library", ["prefix"] = "empty" })
        );

        var clock = new FakeTimeProvider();
        var intake = cluster.Service<PictureIntake>();
        using var buckets = new OpenBuckets(cluster.Service<IOptions<OpenBucketOptions>>(), intake, clock);
        var reading = buckets.ReadAsync("library/slow.png", Cancelled);
        // The answer has begun.
        await Eventually.HoldsAsync(() => intake.Room.Held > 0);
        clock.Advance(TimeSpan.FromSeconds(30));
        var late = await Assert.ThrowsAsync<RefusalException>(() => reading);
        Assert.Equal((504, "caption_timeout"), (late.Refusal.Status, late.Refusal.Code));
        Assert.Contains("library/slow.png", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_holds_for_the_pictures_that_were_quoted_and_without_the_bucket_nothing_is_quoted()
    {
        await using var bucket = await FakeBucket.StartAsync();
        bucket.Objects["photos/a.png"] = Pictures.Png(16, 16);
        await using var cluster = await TestCluster.BuildAsync(settings: bucket.Open("library"));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        const decimal cost = 16 * 16 * 2.5e-10m;
        var asked = new JsonObject { ["bucket"] = "library", ["max_cost_usd"] = cost };
        // A picture that comes after the listing is not quoted, and must not be captioned.
        bucket.Refuses = request =>
        {
            if (request.Path.Value!.EndsWith("a.png", StringComparison.Ordinal))
            {
                bucket.Objects["photos/b.png"] = Pictures.Png(64, 64);
            }

            return null;
        };
        var ended = await NativeJobs.EndAsync(http, (await NativeJobs.StartAsync(http, asked)).Id);
        Assert.Equal((new JobCounts(1, 1, 0), cost), (ended.Pictures, ended.CostUsd));
        Assert.Equal(1, bucket.Listings);

        bucket.Refuses = static request => request.Path.Value!.EndsWith("png", StringComparison.Ordinal) ? (408, "Away") : null;
        using var unquoted = await http.PostAsJsonAsync("/jobs", asked, Cancelled);
        Assert.Equal(503, (int)unquoted.StatusCode);
    }

    [Fact]
    public async Task A_listing_that_takes_too_long_is_named_and_suggests_a_narrower_prefix()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var clock = new FakeTimeProvider();
        var lists = new TaskCompletionSource();
        var middleware = new JsonRouteMiddleware(
            http =>
            {
                lists.SetResult();
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            },
            cluster.Service<CaptionEndpoint>(),
            cluster.Service<RequestAuthorizer>(),
            cluster.Service<IOptions<PricingConnectionOptions>>(),
            clock
        );
        var http = new DefaultHttpContext { RequestServices = cluster.Gateways[0].Services };
        http.Request.Headers.Authorization = "Bearer " + cluster.Pricing.AddKey("alice");
        http.SetEndpoint(
            cluster
                .Service<EndpointDataSource>()
                .Endpoints.Single(static route => route.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName == "startJob")
        );
        using var body = new MemoryStream();
        http.Response.Body = body;
        var answering = middleware.InvokeAsync(http);
        await lists.Task.WaitAsync(Cancelled);
        clock.Advance(TimeSpan.FromMinutes(10));
        await answering;
        string answer = Encoding.UTF8.GetString(body.ToArray());
        Assert.Equal(504, http.Response.StatusCode);
        Assert.Contains("\"listing_timeout\"", answer, StringComparison.Ordinal);
        Assert.Contains("narrower 'folder' or 'prefix'", answer, StringComparison.Ordinal);
    }

    private static bool IsWritten(HttpRequest request, string end) =>
        request.Method == HttpMethods.Put && request.Path.Value!.EndsWith(end, StringComparison.Ordinal);

    private static async Task<JobInfo> FindAsync(HttpClient http, string id) =>
        (await http.GetFromJsonAsync("/jobs/" + id, GatewayApiJson.Default.JobInfo, Cancelled))!;

    private static async Task<JobInfo> PausedAsync(HttpClient http, string id)
    {
        JobInfo? job = null;
        await Eventually.HoldsAsync(async () => (job = await FindAsync(http, id)).Pause is not null);
        return job!;
    }
}
