using ImageToText.Contracts;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Snapshots;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Operations;

public sealed class NetworkFeedTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-feed-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task No_failure_stops_the_network_watch()
    {
        var time = new FakeTimeProvider();
        using var pricing = new ScriptedPricing();
        var identity = ScriptedPricing.Identity(_data);
        var network = ScriptedPricing.Network(time);
        var log = new ListLogger<NetworkFeed>();
        var kept = new SnapshotFile<NetworkSnapshot>(Path.Combine(_data, "network.json"), ContractsJson.Default.NetworkSnapshot, log);
        kept.Save(new NetworkSnapshot([], null, [], new ExchangeRate(null, null, null, null, true), 1));
        int asked = 0;
        pricing.Before = _ =>
        {
            if (Interlocked.Increment(ref asked) <= 3)
            {
                throw new InvalidOperationException("There is a bug in the pricing client.");
            }
        };

        // The stored snapshot fails as well.
        network.Changed += static _ => throw new InvalidOperationException("There is a bug in a listener.");
        using var feed = new NetworkFeed(
            pricing.Client(),
            identity,
            network,
            kept,
            Options.Create(new PricingConnectionOptions()),
            time,
            log
        );
        await feed.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Volatile.Read(ref asked) > 5 || feed.ExecuteTask!.IsCompleted;
        });
        Assert.False(feed.ExecuteTask!.IsCompleted);
        Assert.Contains(log.Lines, static line => line.Level == LogLevel.Error);
        await feed.StopAsync(Cancelled);
        Assert.True(feed.ExecuteTask!.IsCompletedSuccessfully);
    }
}
