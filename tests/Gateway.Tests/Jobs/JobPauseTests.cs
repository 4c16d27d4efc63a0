using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Telemetry;
using ImageToText.Gateway.Tests.StandIns;
using Quartz;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Jobs that can't go on at present: what they say, and what they leave to others.</summary>
public sealed class JobPauseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task A_part_whose_items_find_no_room_waits_as_long_as_the_node_says()
    {
        const int seconds = 30;
        await using var cluster = await TestCluster.BuildAsync();
        (cluster.Nodes[0].Behaviour.Status, cluster.Nodes[0].Behaviour.RetryAfter) = (429, seconds);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var began = DateTimeOffset.UtcNow;
        string id = (string)(await Library.RunAsync(http, Library.Lines(1)))["id"]!;
        var queue = await cluster.Service<JobQueue>().StartAsync(Cancelled);
        ITrigger? again = null;
        await Eventually.HoldsAsync(async () =>
        {
            foreach (var key in await queue.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(id), Cancelled))
            {
                again = key.Name.StartsWith("0-", StringComparison.Ordinal) ? await queue.GetTrigger(key, Cancelled) : again;
            }

            return again is not null;
        });
        Assert.True(again!.StartTimeUtc - began >= TimeSpan.FromSeconds(seconds - 1));
    }

    [Fact]
    public async Task A_pause_for_budget_ends_if_the_items_that_waited_fail()
    {
        // The budget is enough for any one picture.
        await using var cluster = await TestCluster.BuildAsync(
            settings:
            [
                "Gateway:Jobs:BudgetPause=00:00:01",
                "Gateway:Budgets:Wait=00:00:00.1",
                "Gateway:Forwarding:AttemptTimeout=00:05:00",
                "Gateway:Forwarding:Timeout=00:05:00",
            ]
        );
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 120 * 120 * 2.5e-10m));
        var lines = Enumerable
            .Range(0, PartRun.Size + 1)
            .Select(static i => Library.Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 100 + i));
        string id = (string)(await Library.RunAsync(http, lines))["id"]!;
        var book = cluster.Service<JobBook>();
        await Eventually.HoldsAsync(async () => (await book.FindAsync(id, Cancelled))!.PauseReason is not null);

        cluster.Pricing.RevokeKey("alice");
        await Eventually.HoldsAsync(async () => (await book.FindAsync(id, Cancelled))!.PauseReason is null);
        Assert.Equal(JobState.InProgress, (await book.FindAsync(id, Cancelled))!.State);
        held.SetResult();
    }
}
