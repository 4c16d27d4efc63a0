using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.OtlpReceiver;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Tests.Telemetry;

/// <summary>What an OTLP receiver and Prometheus get when a caption takes two nodes.</summary>
[Collection(typeof(OneGatewayAtATime))]
public sealed class TraceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caption_made_at_the_second_node_is_one_trace_from_the_caller_to_both_nodes()
    {
        await using var receiver = await Receiver.StartAsync(Cancelled);
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C);
        caller.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        string requestId;
        await using (var cluster = await BuildAsync(receiver))
        {
            string key = cluster.Pricing.AddKey("alice", budget: 1);
            caller.Start();
            requestId = await CaptionAsync(cluster, key);
            caller.Stop();
            // Their spans are exported with the gateway's, because all run in one process.
            await cluster.StopNodesAsync();
        }

        var trace = receiver.Spans.Where(span => span.TraceId == caller.TraceId.ToHexString()).ToArray();
        Assert.All(trace, span => Assert.Equal("gateway", span.Service));
        var request = Assert.Single(trace, span => span.ParentId == caller.SpanId.ToHexString());
        var server = Assert.Single(trace, span => span.ParentId == request.SpanId);
        Assert.Equal((2, "POST /image-to-text"), (server.Kind, server.Name));
        Assert.Equal(requestId, server.Attributes["imagetotext.request.id"]);
        Assert.Equal("ImageToText.Gateway", Assert.Single(trace, span => span.Name == "caption.intake").Source);
        // The pricing service was asked who owns the key, and for money to spend.
        foreach (string asked in (string[])["POST /keys/validate", "POST /budgets/slices"])
        {
            Assert.Contains(trace, span => span.Name.TrimEnd('/') == asked && Ancestors(trace, span).Contains(server));
        }

        var selected = trace
            .Where(span => span.Name == "caption.select")
            .OrderBy(span => span.Start)
            .Select(span => span.Attributes["node"]);
        Assert.Equal(["node-0", "node-1"], selected);

        var forwards = trace.Where(span => span.Name == "caption.forward").OrderBy(span => span.Start).ToArray();
        Assert.Equal(["failed", "delivered"], forwards.Select(span => span.Attributes["outcome"]));
        foreach (var forward in forwards)
        {
            Assert.Equal(3, forward.Kind);
            Assert.Contains(Ancestors(trace, forward), span => span.SpanId == server.SpanId);
            // The node's span is a child of the attempt that called it.
            var node = Assert.Single(
                trace,
                span => span.Kind == 2 && span.SpanId != server.SpanId && Ancestors(trace, span).Contains(forward)
            );
            Assert.Equal("POST /image-to-text", node.Name);
        }
    }

    [Fact]
    public async Task Every_documented_metric_is_scraped_by_its_name()
    {
        await using var receiver = await Receiver.StartAsync(Cancelled);
        // Redis answers but has no room, so there is a lookup and a fault to count.
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var cluster = await BuildAsync(receiver, $"ConnectionStrings:redis={redis.ConnectionString}");
        await Eventually.HoldsAsync(() => cluster.Service<RedisLink>().IsOpen);
        string key = cluster.Pricing.AddKey("alice", budget: 1);
        await CaptionAsync(cluster, key);
        using var http = cluster.Client();
        using (var refused = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        // What takes a job is recorded here, the way jobs record it.
        var jobs = cluster.Service<JobTelemetry>();
        jobs.Ended(null);
        jobs.Paused();
        GC.Collect();

        string scraped = await http.GetStringAsync("/metrics", Cancelled);

        Assert.All(
            [.. DocumentedMetric.Of("Gateway"), .. DocumentedMetric.Of("Every service")],
            metric => Assert.True(metric.IsIn(scraped), metric.Prometheus)
        );
        // The table leaves out no instrument of the gateway.
        var own = scraped
            .Split('\n')
            .Where(line => line.StartsWith("# TYPE imagetotext_gateway_", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2])
            .Distinct();
        Assert.Equal(
            DocumentedMetric.Of("Gateway").Select(metric => metric.Prometheus).Order(StringComparer.Ordinal),
            own.Order(StringComparer.Ordinal)
        );
        Assert.Matches(CacheOpen(1), scraped);
        await redis.KillAsync();
        await Eventually.HoldsAsync(async () =>
        {
            await CaptionAsync(cluster, key);
            return Regex.IsMatch(await http.GetStringAsync("/metrics", Cancelled), CacheOpen(0));
        });

        static string CacheOpen(int value) => $@"(?m)^imagetotext_gateway_cache_open\{{[^}}]*\}} {value}( |$)";
    }

    private static async Task<TestCluster> BuildAsync(Receiver receiver, params string[] settings)
    {
        var cluster = await TestCluster.BuildAsync(nodes: 2, gateways: 0);
        // The first node is warm and fails, the second is cold and captions, so the order is known.
        cluster.Nodes[0].Behaviour.Status = 500;
        cluster.Register(
            (i, node) => i == 0 ? node : node with { Models = [.. node.Models.Select(model => model with { State = ModelState.OnDemand })] }
        );
        await cluster.AddGatewayAsync([
            "ServiceDefaults:Telemetry=true",
            "OTEL_SERVICE_NAME=gateway",
            $"OTEL_EXPORTER_OTLP_ENDPOINT={receiver.GrpcEndpoint}",
            .. settings,
        ]);
        return cluster;
    }

    /// <summary>Gets a caption from the second node.</summary>
    /// <returns>The request's id as the caller gets it.</returns>
    private static async Task<string> CaptionAsync(TestCluster cluster, string key)
    {
        using var http = cluster.Client(key);
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(64, 64)), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("node-1", answer.Headers.GetValues("x-node").Single());
        return answer.Headers.GetValues("x-request-id").Single();
    }

    private static IEnumerable<ReceivedSpan> Ancestors(ReceivedSpan[] trace, ReceivedSpan span)
    {
        for (var at = Parent(span); at is not null; at = Parent(at))
        {
            yield return at;
        }

        ReceivedSpan? Parent(ReceivedSpan child) => Array.Find(trace, candidate => candidate.SpanId == child.ParentId);
    }
}
