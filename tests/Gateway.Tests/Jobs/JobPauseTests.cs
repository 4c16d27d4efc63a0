using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Telemetry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Jobs that can't go on at present: what they say, and what they leave to others.</summary>
public sealed class JobPauseTests
{
    [Fact]
    public async Task A_pause_lasts_until_an_item_succeeds_and_counts_once()
    {
        const int items = 4;
        const int paid = 2;
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:BudgetPause=00:00:01"]);
        var (tries, pauses) = (0, 0L);
        string id = "";
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == GatewayTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (
                    span.OperationName == GatewayTelemetry.JobItem
                    && Equals(span.GetTagItem(GatewayTelemetry.JobId), Volatile.Read(ref id))
                )
                {
                    Interlocked.Increment(ref tries);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener();
        object scope = cluster.Service<IMeterFactory>();
        meters.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == "imagetotext.gateway.job.pauses" && instrument.Meter.Scope == scope)
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref pauses, value));
        meters.Start();

        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 64 * 64 * 2.5e-10m * paid));
        var lines = Enumerable.Range(0, items).Select(static i => Library.Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 64));
        Volatile.Write(ref id, (string)(await Library.RunAsync(http, lines))["id"]!);
        var paused = await Library.UntilAsync(http, id, static batch => batch["pause"] is not null);
        int before = Volatile.Read(ref tries);
        await Eventually.HoldsAsync(() => Volatile.Read(ref tries) >= before + (2 * (items - paid)) + 1);

        var still = await Library.GetAsync(http, id);
        Assert.Equal(paid, (int)still["request_counts"]!["completed"]!);
        Assert.Equal(paused["pause"]!.ToJsonString(), still["pause"]!.ToJsonString());
        Assert.Equal(1, Interlocked.Read(ref pauses));

        cluster.Pricing.SetBudget("alice", 1);
        var ended = await Library.EndAsync(http, id);
        Assert.Equal(items, (int)ended["request_counts"]!["completed"]!);
        Assert.Null(ended["pause"]);
    }

    [Fact]
    public async Task Jobs_for_a_model_that_no_node_has_leave_the_queue_to_others()
    {
        const string gone = "gone";
        const int items = 49;
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        await cluster.RegisterAsync(
            static (i, node) => i == 0 ? node : node with { State = NodeState.Draining, Models = [node.Models[0] with { ModelId = gone }] }
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        // As many parts as the queue runs at once.
        var waiting = new List<string>();
        for (int job = 0; job < 8; job++)
        {
            var lines = Library
                .Lines(items)
                .Select(static line => line.Replace($"\"{PricingHost.Model}\"", $"\"{gone}\"", StringComparison.Ordinal));
            waiting.Add((string)(await Library.RunAsync(http, lines))["id"]!);
        }

        foreach (string id in waiting)
        {
            var paused = await Library.UntilAsync(http, id, static batch => batch["pause"] is not null);
            Assert.Equal("no_node", (string)paused["pause"]!["reason"]!);
        }

        string other = (string)(await Library.RunAsync(http, Library.Lines(items)))["id"]!;
        Assert.Equal(items, (int)(await Library.EndAsync(http, other))["request_counts"]!["completed"]!);
    }
}
