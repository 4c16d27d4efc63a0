using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageToText.OtlpReceiver;

namespace ImageToText.AppHost.Tests.Running;

/// <summary>The application as a developer finds it, started once for all of these tests.</summary>
public sealed partial class RunningTests(RunningNetwork network) : IClassFixture<RunningNetwork>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sample_is_captioned_without_a_key_and_cached_for_every_gateway()
    {
        using var first = network.Client();
        using var second = network.Client("gateway-2");
        using var made = await CaptionAsync(first, Samples.Form("cat.png"));
        Assert.Equal("miss", made.Headers.GetValues("x-cache").Single());
        Assert.Contains("cat", await TextAsync(made), StringComparison.Ordinal);

        // If the cache had no time for one lookup, it is asked the next time.
        string? from = null;
        await Eventually.HoldsAsync(async () =>
        {
            using var known = await CaptionAsync(second, Samples.Form("cat.png"));
            Assert.Equal(await TextAsync(made), await TextAsync(known));
            from = known.Headers.GetValues("x-cache").Single();
            return from == "hit";
        });
        Assert.Equal("hit", from);
    }

    [Fact]
    public async Task The_ledger_has_the_cost_of_a_caption()
    {
        using var client = network.Client();
        decimal before = await SpentAsync(client);
        using var made = await CaptionAsync(client, Samples.Plain(10, 200, 30));
        decimal cost = decimal.Parse(made.Headers.GetValues("x-cost-usd").Single(), NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(cost > 0);
        decimal after = before;
        await Eventually.HoldsAsync(async () => (after = await SpentAsync(client)) != before);
        Assert.Equal(before + cost, after);
    }

    [Fact]
    public async Task The_pages_and_operator_routes_need_no_key_on_this_machine()
    {
        using var client = network.Client();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html, */*");
        foreach (string page in (string[])["/", "/operations", "/docs"])
        {
            Assert.Equal("text/html", (await client.GetAsync(page, Cancelled)).Content.Headers.ContentType?.MediaType);
        }

        Assert.False((await client.GetFromJsonAsync<JsonObject>("/operations/session", Cancelled))!["needs_key"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/operations/nodes", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_caption_is_one_trace_with_its_logs_and_metrics()
    {
        // No gateway has seen this key, so the pricing service is asked for it during the caption.
        var key = await network.GiveAsync("gateway", "make-key", ("name", "traced"));
        using var client = network.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Data!.Value);
        using var made = await CaptionAsync(client, Samples.Plain(90, 20, 160));
        string request = made.Headers.GetValues("x-request-id").Single();

        await Eventually.HoldsAsync(() =>
            TraceOf(request) is { } trace
            && Names(trace)
                .IsSupersetOf([
                    "caption.intake",
                    "caption.cache",
                    "caption.select",
                    "caption.forward",
                    "POST /keys/validate",
                    "caption.preprocess",
                    "caption.queue",
                    "caption.encode",
                    "caption.generate",
                    "GET",
                ])
        );
        string trace = TraceOf(request)!;
        var spans = network.Receiver.Spans.Where(span => span.TraceId == trace).ToArray();
        // Either node may have made it.
        Assert.Equal(
            ["gateway", "inference", "pricing"],
            spans.Select(span => span.Service.Replace("inference-2", "inference", StringComparison.Ordinal)).Distinct().Order()
        );
        Assert.Single(spans, span => span.ParentId.Length == 0);

        await Eventually.HoldsAsync(() => network.Receiver.Logs.Any(log => log.TraceId == trace));
        foreach (
            string metric in (string[])["imagetotext.gateway.captions", "caption.stage.duration", "imagetotext.pricing.ledger.records"]
        )
        {
            await Eventually.HoldsAsync(() =>
                network.Receiver.Points.Any(point => point.Name == metric && (point.Value > 0 || point.Count > 0))
            );
        }

        await Eventually.HoldsAsync(() =>
            network.Receiver.Points.Any(point =>
                point.Name == "imagetotext.gateway.caption.duration" && point.ExemplarTraceIds.Contains(trace)
            )
        );
    }

    [Fact]
    public void The_console_says_that_stores_are_embedded_and_how_to_change_that() =>
        Assert.Contains(
            network.FirstLines,
            static line =>
                line.Contains("Stores are embedded", StringComparison.Ordinal) && line.Contains("pricing.db", StringComparison.Ordinal)
        );

    [Fact]
    public async Task A_command_creates_a_key_and_shows_it_once()
    {
        var made = await network.GiveAsync("gateway", "make-key", ("name", "shop"));
        Assert.True(made.Success, made.Message);
        Assert.True(made.Data!.DisplayImmediately);
        using var client = network.Client("gateway-2");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.Data.Value);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/usage", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_command_clears_the_cache()
    {
        using var client = network.Client();
        (await CaptionAsync(client, Samples.Plain(200, 100, 0))).Dispose();
        // On a busy machine Redis may be too slow, and the command says so. It is given again then.
        await Eventually.HoldsAsync(async () =>
        {
            var cleared = await network.GiveAsync("gateway", "clear-cache");
            Assert.True(
                cleared.Success || cleared.Message!.StartsWith("The cache can't be reached", StringComparison.Ordinal),
                cleared.Message
            );
            return cleared.Success;
        });
        using var again = await CaptionAsync(client, Samples.Plain(200, 100, 0));
        Assert.Equal("miss", again.Headers.GetValues("x-cache").Single());
    }

    [Fact]
    public async Task Commands_load_and_unload_a_model_and_explain_an_unknown_one()
    {
        var loaded = await network.GiveAsync("inference", "load-model", ("model", "starter"));
        Assert.True(loaded.Success, loaded.Message);
        var unknown = await network.GiveAsync("inference", "unload-model", ("model", "nobody"));
        Assert.False(unknown.Success);
        Assert.Contains("nobody", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_adds_a_node_and_when_a_node_dies_the_next_request_is_served()
    {
        var added = await network.GiveAsync("inference", "add-node");
        Assert.True(added.Success, added.Message);
        await network.App.ResourceNotifications.WaitForResourceHealthyAsync("inference-2", Cancelled);
        using var client = network.Client();
        await Eventually.HoldsAsync(async () => (await client.GetFromJsonAsync<JsonArray>("/operations/nodes", Cancelled))!.Count == 3);

        var nodes = await network.ProcessesAsync("inference");
        Assert.Equal(2, nodes.Count);
        nodes[0].Kill(entireProcessTree: true);
        await nodes[0].WaitForExitAsync(Cancelled);
        // The registry doesn't know yet. Whichever node the gateway tries first, the caption arrives.
        for (byte shade = 0; shade < 6; shade++)
        {
            (await CaptionAsync(client, Samples.Plain(shade, 250, shade))).Dispose();
        }

        await Eventually.HoldsAsync(async () => (await client.GetFromJsonAsync<JsonArray>("/operations/nodes", Cancelled))!.Count == 2);
    }

    private static async Task<HttpResponseMessage> CaptionAsync(HttpClient client, MultipartFormDataContent form)
    {
        using (form)
        {
            var answer = await client.PostAsync("/image-to-text", form, Cancelled);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
            return answer;
        }
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer) =>
        (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["text"]!;

    private static async Task<decimal> SpentAsync(HttpClient client)
    {
        var report = await client.GetFromJsonAsync<JsonElement>("/operations/usage", Cancelled);
        return report.GetProperty("total").GetProperty("cost_usd").GetDecimal();
    }

    private static HashSet<string> Names(IEnumerable<ReceivedSpan> spans) => [.. spans.Select(static span => span.Name)];

    [Fact]
    public async Task Background_work_leaves_no_traces()
    {
        using var client = network.Client();
        using var made = await CaptionAsync(client, Samples.Plain(7, 7, 200));
        await Eventually.HoldsAsync(() => TraceOf(made.Headers.GetValues("x-request-id").Single()) is not null);
        // Probes, polls and heartbeats have continued all along. Traces of requests through the gateway begin at the gateway.
        Assert.Empty(
            network
                .Receiver.Spans.Where(static span =>
                    span.ParentId.Length == 0 && !(span.Service.StartsWith("gateway", StringComparison.Ordinal) && span.Kind == 2)
                )
                .GroupBy(static span => $"{span.Service}: {span.Name}", static (name, spans) => $"{name} ({spans.Count()})")
        );
        Assert.DoesNotContain(
            network.Receiver.Spans,
            static span =>
                span.Attributes.TryGetValue("url.path", out object? path) && path is "/health" or "/alive" or "/ready" or "/metrics"
        );
    }

    [Fact]
    public void A_normal_first_start_logs_no_warnings()
    {
        Assert.NotEmpty(network.FirstLines);
        Assert.NotEmpty(network.FirstLogs);
        var lines = network.FirstLines.Where(static line => Loud().IsMatch(line) && !IsAboutRedis(line));
        string[] loud =
        [
            .. lines,
            .. network
                .FirstLogs.Where(static log => log.Severity is not ("Trace" or "Debug" or "Information"))
                .Select(static log => $"{log.Service}: {log.Severity} {log.Category}: {log.Body}")
                .Where(static log => !IsAboutRedis(log)),
        ];
        Assert.Empty(loud);
    }

    // On a busy machine the cache may miss its timeout. That is logged, also as its health, but isn't a fault of the start.
    private static bool IsAboutRedis(string line) => line.Contains("Redis", StringComparison.OrdinalIgnoreCase);

    private HashSet<string> Names(string trace) => Names(network.Receiver.Spans.Where(span => span.TraceId == trace));

    private string? TraceOf(string request) =>
        network
            .Receiver.Spans.FirstOrDefault(span =>
                span.Attributes.TryGetValue("imagetotext.request.id", out object? id) && (string?)id == request
            )
            ?.TraceId;

    // The AppHost's logs start with the level. The services' console lines have its short name somewhere.
    [GeneratedRegex("^(Warning|Error|Critical)|(warn|fail|crit): |Unhandled exception")]
    private static partial Regex Loud();
}
