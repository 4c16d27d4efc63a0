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
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.Gateway.Telemetry;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Our own jobs: addresses and folders, each picture one result and one charge.</summary>
public sealed class NativeJobTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Addresses_are_captioned_one_by_one_and_a_retry_takes_what_failed()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new Web
        {
            ["/a.png"] = Pictures.Png(16, 16),
            ["/text.png"] = "no picture"u8.ToArray(),
            ["/b.png"] = Pictures.Png(17, 17),
        };
        await AddGatewayAsync(cluster, web);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string[] addresses =
        [
            "https://a.example.org/a.png",
            "https://elsewhere.com/a.png",
            "https://a.example.org/later.png",
            "https://a.example.org/text.png",
            "https://a.example.org/b.png",
        ];
        var started = await StartAsync(http, new JsonObject { ["addresses"] = Array(addresses), ["num_beams"] = 2 });
        Assert.Equal("validating", started.Status);

        var ended = await EndAsync(http, started.Id);
        Assert.Equal("completed", ended.Status);
        Assert.Equal(new JobCounts(5, 2, 3), ended.Pictures);
        Assert.Equal(
            [("invalid_request", 2), ("unsupported_image", 1)],
            ended.Failures.OrderBy(static f => f.Key).Select(static f => (f.Key, f.Value))
        );
        var results = await ResultsAsync(http, started.Id);
        Assert.Equal([addresses[0], addresses[4], addresses[1], addresses[2], addresses[3]], results.Select(static line => line.Picture));
        Assert.Equal([200, 200, 400, 400, 415], results.Select(static line => line.Status));
        Assert.Equal("a picture", results[0].Result!.Text);
        Assert.Contains("from this host", results[2].Error!.Message, StringComparison.Ordinal);

        web["/later.png"] = Pictures.Png(18, 18);
        using var answer = await http.PostAsync($"/jobs/{started.Id}/retry", null, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var retry = (await answer.Content.ReadFromJsonAsync(GatewayApiJson.Default.JobInfo, Cancelled))!;
        Assert.Equal(started.Id, retry.RetryOf);
        Assert.Equal(new JobCounts(3, 1, 2), (await EndAsync(http, retry.Id)).Pictures);

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
        Write(folder, "2026/a.png", 16);
        Write(folder, "2026/a.bmp.png", 17);
        Write(folder, "2026/deep/b.png", 18);
        Write(folder, "2025/old.png", 19);
        Write(outside, "secret/c.png", 20);
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
        var started = await StartAsync(http, new JsonObject { ["folder"] = "photos/2026", ["sidecars"] = true });
        var ended = await EndAsync(http, started.Id);
        Assert.Equal("photos/2026", ended.Folder);
        Assert.Equal(
            [
                "photos/2026/a.bmp.png 200",
                "photos/2026/a.png 200",
                "photos/2026/deep/b.png 200",
                "photos/2026/a.jpg 415",
                "photos/2026/link.png 404",
            ],
            (await ResultsAsync(http, started.Id)).Select(static line => $"{line.Picture} {line.Status}")
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
            Assert.Equal((body, status), (body, await PostAsync(http, body)));
        }
    }

    [Fact]
    public async Task A_job_pauses_for_its_budget_and_can_be_cancelled_then()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new Web();
        for (int i = 0; i < 20; i++)
        {
            // Different pictures, so that none is in the cache.
            web[$"/{i}.png"] = Pictures.Png(64, 64, (byte)i);
        }

        await AddGatewayAsync(cluster, web, "Gateway:Jobs:BudgetPause=00:00:01");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 64 * 64 * 2.5e-10m * 3));
        var addresses = Enumerable.Range(0, 20).Select(static i => $"https://a.example.org/{i}.png");
        var started = await StartAsync(http, new JsonObject { ["addresses"] = Array(addresses) });
        var paused = started;
        await Eventually.HoldsAsync(async () =>
            (paused = (await http.GetFromJsonAsync("/jobs/" + started.Id, GatewayApiJson.Default.JobInfo, Cancelled))!).Pause is not null
        );
        Assert.Equal("budget_exhausted", paused.Pause!.Reason);
        using var answer = await http.PostAsync($"/jobs/{started.Id}/cancel", null, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var ended = await EndAsync(http, started.Id);
        Assert.Equal("cancelled", ended.Status);
        Assert.Equal(3, ended.Pictures.Captioned);
    }

    [Fact]
    public async Task The_end_of_a_job_is_told_once_to_its_webhook_with_a_signature_that_its_libraries_verify()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(static number => (byte)number)];
        string secret = "whsec_" + Convert.ToBase64String(key);
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new Web { ["/a.png"] = Pictures.Png(16, 16) };
        await AddGatewayAsync(cluster, web, "Gateway:Jobs:WebhookHosts:0=hooks.example.org");
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
            Assert.Equal((url, 422), (url, await PostAsync(http, Told(url, signs).ToJsonString())));
        }

        var started = await StartAsync(http, Told("https://hooks.example.org/done", secret));
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

        static JsonObject Told(string url, string secret) =>
            new()
            {
                ["addresses"] = Array(["https://a.example.org/a.png"]),
                ["webhook"] = new JsonObject { ["url"] = url, ["secret"] = secret },
            };

        string Sign(string text) => Convert.ToBase64String(HMACSHA256.HashData(key, System.Text.Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task Each_item_has_a_trace_of_its_own_that_links_to_the_jobs_and_operators_see_and_cancel_the_job()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var folder = new TemporaryFolder();
        for (int picture = 0; picture < 3; picture++)
        {
            Write(folder, $"{picture}.png", 16 + picture);
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
        var started = await StartAsync(http, new JsonObject { ["folder"] = "photos" });
        await EndAsync(http, started.Id);

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
        Write(folder, "new.png", 30);
        string next = (await StartAsync(http, new JsonObject { ["folder"] = "photos" })).Id;
        using var answer = await operating.PostAsync($"/operations/jobs/{next}/cancel", null, Cancelled);
        Assert.Equal("cancelling", (await answer.Content.ReadFromJsonAsync(GatewayApiJson.Default.JobInfo, Cancelled))!.Status);
        held.SetResult();
        Assert.Equal("cancelled", (await EndAsync(http, next)).Status);
        using var none = await operating.PostAsync("/operations/jobs/job_0/cancel", null, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static Task<WebApplication> AddGatewayAsync(TestCluster cluster, Web web, params string[] settings) =>
        cluster.AddGatewayAsync(
            services =>
                services
                    .AddSingleton(provider => new RemotePictureReader(
                        provider.GetRequiredService<PictureIntake>(),
                        provider.GetRequiredService<IOptions<RemotePictureOptions>>(),
                        TimeProvider.System,
                        web
                    ))
                    .AddSingleton(provider => new JobWebhookSender(
                        provider.GetRequiredService<JobStore>(),
                        provider.GetRequiredService<JobReport>(),
                        provider.GetRequiredService<IOptions<JobOptions>>(),
                        web.Clock,
                        NullLogger<JobWebhookSender>.Instance,
                        web
                    )),
            ["Gateway:RemotePictures:AllowedHosts:0=*.example.org", .. settings]
        );

    private static JsonArray Array(IEnumerable<string> addresses) => [.. addresses.Select(static address => (JsonNode)address)];

    private static void Write(TemporaryFolder folder, string name, int side)
    {
        string path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Pictures.Png(side, side));
    }

    private static async Task<int> PostAsync(HttpClient http, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/jobs", content, Cancelled);
        return (int)answer.StatusCode;
    }

    private static async Task<JobInfo> StartAsync(HttpClient http, JsonObject body)
    {
        using var answer = await http.PostAsJsonAsync("/jobs", body, Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonSerializer.Deserialize(text, GatewayApiJson.Default.JobInfo)!;
    }

    private static async Task<JobInfo> EndAsync(HttpClient http, string id)
    {
        await using var events = await http.GetStreamAsync($"/jobs/{id}/events", Cancelled);
        await foreach (var item in SseParser.Create(events).EnumerateAsync(Cancelled))
        {
            if (item.EventType == JobStream.EndEvent)
            {
                return JsonSerializer.Deserialize(item.Data, GatewayApiJson.Default.JobInfo)!;
            }

            Assert.Equal(JobStream.ProgressEvent, item.EventType);
        }

        throw new InvalidOperationException("The events ended before the job.");
    }

    private static async Task<JobResult[]> ResultsAsync(HttpClient http, string id) =>
        [
            .. (await http.GetStringAsync($"/jobs/{id}/results", Cancelled))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonSerializer.Deserialize(line, GatewayApiJson.Default.JobResult)!),
        ];

    /// <summary>A web with a few files on each host.</summary>
    private sealed class Web : HttpMessageHandler
    {
        private readonly Dictionary<string, byte[]> _files = [];

        public byte[] this[string path]
        {
            set
            {
                lock (_files)
                {
                    _files[path] = value;
                }
            }
        }

        /// <summary>The clock of whoever calls webhooks.</summary>
        public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UtcNow);

        /// <summary>The calls of webhooks.</summary>
        public ConcurrentQueue<(string Id, string Time, string Signature, string Body)> Calls { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post)
            {
                bool isFirst = Calls.IsEmpty;
                Calls.Enqueue(
                    (
                        Header("webhook-id"),
                        Header("webhook-timestamp"),
                        Header("webhook-signature"),
                        await request.Content!.ReadAsStringAsync(cancellationToken)
                    )
                );
                return new HttpResponseMessage(isFirst ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            }

            lock (_files)
            {
                return _files.TryGetValue(request.RequestUri!.AbsolutePath, out byte[]? bytes)
                    ? new HttpResponseMessage { Content = new ByteArrayContent(bytes) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound);
            }

            string Header(string name) => request.Headers.GetValues(name).Single();
        }
    }
}
