using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Telemetry;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>What others hear of our own jobs: webhooks, traces and operators.</summary>
public sealed class JobNewsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_end_of_a_job_is_told_once_to_its_webhook_with_a_signature_that_its_libraries_verify()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(static number => (byte)number)];
        string secret = "whsec_" + Convert.ToBase64String(key);
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new JobWeb { ["/a.png"] = Pictures.Png(16, 16) };
        await NativeJobs.AddGatewayAsync(cluster, web, "Gateway:Jobs:WebhookHosts:0=hooks.example.org");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (
            var (url, signs) in ((string, string)[])
                [
                    ("http://hooks.example.org/", secret),
                    ("https://other.example.org/", secret),
                    ("hooks", secret),
                    ("https://hooks.example.org/", "whsec_c2hvcnQ="),
                ]
        )
        {
            Assert.Equal((url, 422), (url, await NativeJobs.PostAsync(http, Told(url, signs).ToJsonString())));
        }

        var started = await NativeJobs.StartAsync(http, Told("https://hooks.example.org/done", secret));
        // The first call is answered with 503, the second one with 200.
        await Eventually.HoldsAsync(() =>
        {
            web.Clock.Advance(TimeSpan.FromSeconds(1));
            return web.Calls.Count == 2;
        });
        var store = cluster.Service<JobStore>();
        await Eventually.HoldsAsync(() =>
            store.ReadAsync(db => db.Jobs.AllAsync(static row => row.WebhookDueAt == null, Cancelled), Cancelled)
        );
        Assert.All(
            web.Calls,
            call =>
            {
                var notice = JsonSerializer.Deserialize(call.Body, GatewayApiJson.Default.JobNotice)!;
                Assert.Equal(("job.completed", started.Id), (notice.Type, notice.Job.Id));
                Assert.Equal((notice.Id, "msg_" + started.Id["job_".Length..]), (call.Id, notice.Id));
                Assert.Equal("v1," + Sign($"{call.Id}.{call.Time}.{call.Body}"), call.Signature);
            }
        );
        Assert.DoesNotContain(secret, await http.GetStringAsync("/jobs/" + started.Id, Cancelled), StringComparison.Ordinal);

        // Nor is it in the database. A row of an earlier version, which has it, is told like any other.
        string row = await store.ReadAsync(db => db.Jobs.Select(static job => job.NativeJson!).SingleAsync(Cancelled), Cancelled);
        Assert.DoesNotContain(secret["whsec_".Length..], row, StringComparison.Ordinal);
        string clear = (
            JsonSerializer.Deserialize<NativeAsk>(row, JobJson.Default.NativeAsk)! with
            {
                Webhook = new("https://hooks.example.org/done", secret),
            }
        ).ToJson();
        await store.WriteAsync(
            db =>
                db.Jobs.ExecuteUpdateAsync(
                    job => job.SetProperty(static told => told.NativeJson, clear).SetProperty(static told => told.WebhookDueAt, 0),
                    Cancelled
                ),
            Cancelled
        );
        await Eventually.HoldsAsync(() =>
        {
            web.Clock.Advance(TimeSpan.FromSeconds(1));
            return web.Calls.Count == 3;
        });
        var again = web.Calls.Last();
        Assert.Equal("v1," + Sign($"{again.Id}.{again.Time}.{again.Body}"), again.Signature);

        static JsonObject Told(string url, string secret) =>
            new()
            {
                ["addresses"] = NativeJobs.ArrayOf(["https://a.example.org/a.png"]),
                ["webhook"] = new JsonObject { ["url"] = url, ["secret"] = secret },
            };

        string Sign(string text) => Convert.ToBase64String(HMACSHA256.HashData(key, System.Text.Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task The_events_of_a_job_go_on_when_its_store_is_back()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new JobWeb { ["/a.png"] = Pictures.Png(16, 16) };
        var log = new ListLogger<JobStoreGuard>();
        await cluster.AddGatewayAsync(
            services =>
                services
                    .AddSingleton<ILogger<JobStoreGuard>>(log)
                    .AddSingleton(provider => new RemotePictureReader(
                        provider.GetRequiredService<PictureIntake>(),
                        provider.GetRequiredService<IOptions<RemotePictureOptions>>(),
                        TimeProvider.System,
                        web
                    )),
            "Gateway:RemotePictures:AllowedHosts:0=*.example.org"
        );
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(
            http,
            new JsonObject { ["addresses"] = NativeJobs.ArrayOf(["https://a.example.org/a.png"]) }
        );
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running > 0);
        await using var events = await http.GetStreamAsync($"/jobs/{started.Id}/events", Cancelled);
        await using var items = SseParser.Create(events).EnumerateAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal(JobStream.ProgressEvent, items.Current.EventType);

        var store = cluster.Service<JobStore>();
        await RunAsync("ALTER TABLE jobs RENAME TO away");
        await Eventually.HoldsAsync(() => !log.Lines.IsEmpty);
        await RunAsync("ALTER TABLE away RENAME TO jobs");
        held.SetResult();
        while (items.Current.EventType == JobStream.ProgressEvent)
        {
            Assert.True(await items.MoveNextAsync());
        }

        Assert.Equal(JobStream.EndEvent, items.Current.EventType);
        Assert.Contains("\"completed\"", items.Current.Data, StringComparison.Ordinal);

        Task RunAsync(string sql) => store.WriteAsync(db => db.Database.ExecuteSqlRawAsync(sql, Cancelled), Cancelled);
    }

    [Fact]
    public async Task Each_item_has_a_trace_of_its_own_that_links_to_the_jobs_and_operators_see_and_cancel_the_job()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var folder = new TemporaryFolder();
        for (int picture = 0; picture < 3; picture++)
        {
            NativeJobs.Write(folder, $"{picture}.png", 16 + picture);
        }

        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is GatewayTelemetry.Name or "Microsoft.AspNetCore",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.OperationName == GatewayTelemetry.JobItem)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await TestCluster.BuildAsync(
            settings: ["Gateway:OpenFolders:Folders:0:Name=photos", "Gateway:OpenFolders:Folders:0:Path=" + folder.Path]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        http.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos" });
        await NativeJobs.EndAsync(http, started.Id);

        var own = spans.Where(span => Equals(span.GetTagItem(GatewayTelemetry.JobId), started.Id)).ToArray();
        Assert.Equal(3, own.Select(static span => span.TraceId).Distinct().Count());
        Assert.All(own, static span => Assert.Equal(Trace, Assert.Single(span.Links).Context.TraceId.ToHexString()));
        Assert.All(own, static span => Assert.Null(span.ParentId));

        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        var seen = Assert.Single((await operating.GetFromJsonAsync("/operations/jobs", GatewayApiJson.Default.JobList, Cancelled))!.Jobs);
        Assert.Equal((started.Id, new JobCounts(3, 3, 0)), (seen.Id, seen.Pictures));
        Assert.NotNull(seen.KeyId);
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        NativeJobs.Write(folder, "new.png", 30);
        string next = (await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos" })).Id;
        using var answer = await operating.PostAsync($"/operations/jobs/{next}/cancel", null, Cancelled);
        Assert.Equal("cancelling", (await answer.Content.ReadFromJsonAsync(GatewayApiJson.Default.JobInfo, Cancelled))!.Status);
        held.SetResult();
        Assert.Equal("cancelled", (await NativeJobs.EndAsync(http, next)).Status);
        using var none = await operating.PostAsync("/operations/jobs/job_0/cancel", null, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }
}
