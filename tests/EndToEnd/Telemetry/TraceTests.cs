using System.Diagnostics;
using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.EndToEnd.Clusters;
using ImageToText.OtlpReceiver;

namespace ImageToText.EndToEnd.Telemetry;

/// <summary>
/// The real gateway, pricing service and node, each in its own process, with Redis, and the telemetry that an OTLP receiver gets from
/// them. A second node claims to have the second model ready, and fails.
/// </summary>
public sealed class TraceTests(ObservedHouse cluster) : IClassFixture<ObservedHouse>
{
    [Fact]
    public async Task A_caption_is_one_trace_across_all_services_down_to_its_tokens()
    {
        // The gateway hasn't seen this key, so it must look it up and request money.
        using var caller = await cluster.NewCallerAsync();
        var trace = await cluster.CaptionAsync(
            "starter",
            Pictures.Png(96, 64, shade: 10),
            "miss",
            // Redis spans arrive after those of the request.
            trace =>
                trace.HasAll("caption.generate", "POST /keys/validate", "POST /budgets/slices/")
                && trace.RedisBelow("caption.cache", "gateway").Any()
                && trace.RedisBelow("POST /image-to-text", "node").Any(),
            caller
        );

        Assert.Equal(["gateway", "node", "pricing"], trace.Services);
        var server = trace.Single("POST /image-to-text", "gateway", kind: 2);
        Assert.Equal(trace.CaptionCaller, server.ParentId);
        Assert.Equal(200L, server.Attributes["http.response.status_code"]);
        foreach (string name in (string[])["caption.intake", "caption.cache", "caption.select"])
        {
            Assert.Equal((server.SpanId, "ImageToText.Gateway", 1), Described(trace.Single(name, "gateway")));
        }

        Assert.Equal(false, trace.Single("caption.cache", "gateway").Attributes["found"]);
        Assert.Equal(ObservedHouse.NodeId, trace.Single("caption.select", "gateway").Attributes["node"]);

        var forward = trace.Single("caption.forward", "gateway");
        Assert.Equal((server.SpanId, "ImageToText.Gateway", 3), Described(forward));
        Assert.Equal(
            ("delivered", "starter", ObservedHouse.NodeId),
            (forward.Attributes["outcome"], forward.Attributes["gen_ai.request.model"], forward.Attributes["server.address"])
        );

        // The node's spans are children of the attempt that called it, and the stages follow in order.
        var node = trace.Single("POST /image-to-text", "node", kind: 2);
        Assert.Contains(forward, trace.Ancestors(node));
        var stages = ((string[])["caption.preprocess", "caption.queue", "caption.encode", "caption.generate"])
            .Select(name => trace.Single(name, "node"))
            .ToArray();
        Assert.All(stages, stage => Assert.Equal((node.SpanId, "ImageToText.Inference", 1), Described(stage)));
        Assert.All(stages, stage => Assert.Equal("starter", stage.Attributes["gen_ai.request.model"]));
        Assert.All(stages.Zip(stages.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.True((long)stages[^1].Attributes["gen_ai.usage.output_tokens"]! > 0);

        // The key's owner and money to spend were requested on the way.
        foreach (string asked in (string[])["POST /keys/validate", "POST /budgets/slices/"])
        {
            var answered = trace.Spans.Where(span => span.Service == "pricing" && span.Kind == 2 && span.Name == asked).ToArray();
            Assert.NotEmpty(answered);
            Assert.All(answered, span => Assert.Contains(server, trace.Ancestors(span)));
        }

        // Both tiers of the cache were read and written.
        Assert.All(
            [.. trace.RedisBelow("caption.cache", "gateway"), .. trace.RedisBelow("POST /image-to-text", "node")],
            span => Assert.Equal(3, span.Kind)
        );
    }

    [Fact]
    public async Task A_cached_captions_trace_ends_at_the_cache()
    {
        byte[] picture = Pictures.Png(80, 80, shade: 60);
        await cluster.CaptionAsync("starter", picture, "miss", trace => trace.HasAll("caption.generate", "SET"));

        var trace = await cluster.CaptionAsync("starter", picture, "hit", trace => trace.HasAll("caption.cache", "GET"));

        // The pricing service may be asked who owns the key if another test has just created one, but never for money.
        Assert.All(
            trace.Spans.Where(span => span.Service != "gateway" && span.Kind == 2),
            span => Assert.Equal("POST /keys/validate", span.Name)
        );
        var cache = trace.Single("caption.cache", "gateway");
        Assert.Equal(true, cache.Attributes["found"]);
        Assert.Contains(cache, trace.Ancestors(trace.Single("GET", "gateway", kind: 3)));
        Assert.DoesNotContain(trace.Spans, span => span.Name is "caption.select" or "caption.forward");
    }

    [Fact]
    public async Task A_caption_whose_first_node_fails_is_one_trace_with_both_attempts()
    {
        var trace = await cluster.CaptionAsync(
            ObservedHouse.SecondModel,
            Pictures.Png(72, 88, shade: 110),
            "miss",
            trace => trace.HasAll("caption.generate")
        );

        Assert.Equal(
            [ObservedHouse.FailingNode, ObservedHouse.NodeId],
            trace.InOrder("caption.select").Select(span => span.Attributes["node"])
        );
        var attempts = trace.InOrder("caption.forward");
        Assert.Equal(["failed", "delivered"], attempts.Select(span => span.Attributes["outcome"]));
        var node = trace.Single("POST /image-to-text", "node", kind: 2);
        Assert.Contains(attempts[1], trace.Ancestors(node));
        Assert.DoesNotContain(attempts[0], trace.Ancestors(node));
        Assert.Equal(ObservedHouse.SecondModel, trace.Single("caption.generate", "node").Attributes["gen_ai.request.model"]);
    }

    [Fact]
    public async Task Documented_metrics_reach_the_receiver_and_exemplars_lead_to_the_trace()
    {
        var trace = await cluster.CaptionAsync(
            "starter",
            Pictures.Png(64, 120, shade: 160),
            "miss",
            trace => trace.HasAll("caption.generate")
        );
        await cluster.RefuseAsync();
        // The metrics of a caption and a refusal. Each service's own tests cover rarer ones and those that need a GPU.
        var names = DocumentedMetric
            .All.Select(metric => metric.Name)
            .Where(name => !name.StartsWith("hw.", StringComparison.Ordinal))
            .Except([
                "imagetotext.gateway.cache.faults",
                "imagetotext.gateway.job.items",
                "imagetotext.gateway.job.pauses",
                "imagetotext.pricing.slice.recalls",
                "imagetotext.pricing.slice.expirations",
                "imagetotext.pricing.verifications",
                "imagetotext.pricing.budget.left",
                "imagetotext.pricing.webhook.notices",
            ]);

        await Eventually.HoldsAsync(() => !names.Except(cluster.Receiver.Points.Select(point => point.Name)).Any());

        Assert.All(names, name => Assert.Contains(cluster.Receiver.Points, point => point.Name == name));
        foreach (
            string name in (string[])["imagetotext.gateway.caption.duration", "gen_ai.server.time_to_first_token", "caption.stage.duration"]
        )
        {
            await Eventually.HoldsAsync(() =>
                cluster.Receiver.Points.Any(point => point.Name == name && point.ExemplarTraceIds.Contains(trace.Id))
            );
        }
    }

    private static (string Parent, string Source, int Kind) Described(ReceivedSpan span) => (span.ParentId, span.Source, span.Kind);
}

/// <summary>The spans of one trace, and the caller's own span above them all.</summary>
internal sealed record Trace(string Id, string CaptionCaller, ReceivedSpan[] Spans)
{
    public IEnumerable<string> Services => Spans.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal);

    /// <summary>
    /// Whether spans with all these names have arrived, each with all its ancestors. Services send their spans separately, when they end.
    /// </summary>
    public bool HasAll(params string[] names) =>
        names.All(name => Spans.Any(span => span.Name == name))
        && Spans.Any(span => span.ParentId == CaptionCaller)
        && Array.TrueForAll(Spans, span => span.ParentId == CaptionCaller || Parent(span) is not null);

    /// <summary>A service's Redis spans below one of its own.</summary>
    public IEnumerable<ReceivedSpan> RedisBelow(string name, string service) =>
        Spans.Where(span =>
            span.Service == service
            && span.Source.Contains("Redis", StringComparison.Ordinal)
            && Ancestors(span).Any(above => above.Service == service && above.Name == name)
        );

    public ReceivedSpan Single(string name, string service, int? kind = null) =>
        Assert.Single(Spans, span => span.Name == name && span.Service == service && (kind is null || span.Kind == kind));

    public ReceivedSpan[] InOrder(string name) => [.. Spans.Where(span => span.Name == name).OrderBy(span => span.Start)];

    public IEnumerable<ReceivedSpan> Ancestors(ReceivedSpan span)
    {
        for (var at = Parent(span); at is not null; at = Parent(at))
        {
            yield return at;
        }
    }

    private ReceivedSpan? Parent(ReceivedSpan child) => Array.Find(Spans, candidate => candidate.SpanId == child.ParentId);
}

/// <summary>The services, their cache and the receiver of their telemetry.</summary>
public sealed class ObservedHouse : IAsyncLifetime
{
    /// <summary>A model that the node has on disk but not in memory.</summary>
    public const string SecondModel = "tester/second";

    /// <summary>The node that claims to have it ready.</summary>
    public const string FailingNode = "failing";

    private readonly string _data = Directory.CreateTempSubdirectory("end-to-end-trace-").FullName;
    private readonly List<IDisposable> _processes = [];
    private RedisProcess? _redis;
    private HttpClient? _caller;
    private HttpClient? _operators;
    private Uri? _gateway;

    /// <summary>The telemetry received.</summary>
    public Receiver Receiver { get; private set; } = null!;

    /// <summary>The node's id in the registry.</summary>
    public const string NodeId = "node-1";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Receiver = await Receiver.StartAsync(CancellationToken.None);
        _redis = await RedisProcess.StartAsync();
        var failing = Started(await ServiceProcess.StartNodeAsync(delayMs: 0, "--status=500"));
        var pricing = Started(
            await ServiceProcess.StartPricingAsync(
                $"Data Source={Path.Combine(_data, "pricing.db")}",
                LoopbackPort.Free(),
                [
                    $"--Pricing:Registry:Nodes:{FailingNode}:Address={failing.Address}",
                    $"--Pricing:Registry:Nodes:{FailingNode}:Kind=Native",
                    $"--Pricing:Registry:Nodes:{FailingNode}:Models:0:ModelId={SecondModel}",
                    .. Telemetry("pricing"),
                ]
            )
        );

        string shelf = Directory.CreateDirectory(Path.Combine(_data, "models", Path.GetDirectoryName(SecondModel)!)).FullName;
        Directory.CreateSymbolicLink(
            Path.Combine(shelf, Path.GetFileName(SecondModel)),
            Path.Combine(AppContext.BaseDirectory, "models/starter")
        );
        Started(
            await ServiceProcess.StartInferenceAsync(
                pricing.Address,
                NodeId,
                _data,
                [
                    $"--Inference:ModelsFolder={Path.Combine(_data, "models")}",
                    $"--ConnectionStrings:redis={_redis.ConnectionString}",
                    .. Telemetry("node"),
                ]
            )
        );
        var gateway = Started(
            await ServiceProcess.StartGatewayAsync(
                pricing.Address,
                Path.Combine(_data, "gateway"),
                "g",
                LoopbackPort.Free(),
                settings: [$"--ConnectionStrings:redis={_redis.ConnectionString}", .. Telemetry("gateway")]
            )
        );

        _gateway = gateway.Address;
        _operators = CaptionCaller.Client(pricing.Address, ServiceProcess.OperatorToken);
        _caller = await NewCallerAsync();
        await Eventually.HoldsAsync(async () => (await _caller.GetAsync("/models/starter")).StatusCode == HttpStatusCode.OK, seconds: 60);
        // Services answer before they have found Redis.
        await Eventually.HoldsAsync(
            async () =>
            {
                using var found = await _caller.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)));
                return found.Headers.TryGetValues("x-cache", out var state) && state.Single() == "hit";
            },
            seconds: 60
        );
    }

    /// <summary>A caller with a new key.</summary>
    internal async Task<HttpClient> NewCallerAsync()
    {
        var key = await new PricingClient(_operators!).CreateKeyAsync(
            new KeySettings("alice", Budget: new Budget(Total: 1)),
            CancellationToken.None
        );
        return CaptionCaller.Client(_gateway!, key.Secret);
    }

    /// <summary>Captions one picture and waits until its trace in the receiver meets <paramref name="whole"/>.</summary>
    internal async Task<Trace> CaptionAsync(string model, byte[] picture, string cache, Func<Trace, bool> whole, HttpClient? by = null)
    {
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        caller.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text")
        {
            Content = Pictures.Form(picture, ("model_id", model)),
        };
        using var answer = await (by ?? _caller!).SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, cache), (answer.StatusCode, answer.Headers.GetValues("x-cache").Single()));

        Trace? trace = null;
        await Eventually.HoldsAsync(
            () =>
            {
                string id = caller.TraceId.ToHexString();
                var spans = Receiver.Spans.Where(span => span.TraceId == id).ToArray();
                // The client's own span lies between the caller and the gateway. Nobody exports it.
                string above = spans
                    .Where(span => span.Kind == 2 && span.Service == "gateway")
                    .Select(span => span.ParentId)
                    .FirstOrDefault(caller.SpanId.ToHexString());
                trace = new Trace(id, above, spans);
                return whole(trace);
            },
            seconds: 60
        );
        return trace!;
    }

    /// <summary>Sends a request without a key.</summary>
    internal async Task RefuseAsync()
    {
        using var http = new HttpClient { BaseAddress = _caller!.BaseAddress };
        using var refused = await http.PostAsync(
            "/image-to-text",
            Pictures.Form(Pictures.Png(8, 8)),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _caller?.Dispose();
        _operators?.Dispose();
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Dispose();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        await Receiver.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private string[] Telemetry(string service) =>
        [
            "--ServiceDefaults:Telemetry=true",
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={Receiver.GrpcEndpoint}",
            $"--OTEL_SERVICE_NAME={service}",
            // The test shows where time goes, not how little it is. A busy machine must not cut off Redis.
            "--Gateway:Cache:Patience=00:00:10",
            "--Inference:Cache:Patience=00:00:10",
            "--OTEL_BSP_SCHEDULE_DELAY=100",
            "--OTEL_METRIC_EXPORT_INTERVAL=500",
        ];

    private ServiceProcess Started(ServiceProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
