namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>
/// Clusters for all tests of a class, one for each choice of settings: starting one takes longer than most tests. Each test gets it as if
/// it were new. A test has a cluster of its own if it makes nodes fail, counts everything, or has callers leave.
/// </summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private readonly Dictionary<string, TestCluster> _clusters = new(StringComparer.Ordinal);

    /// <summary>
    /// A cluster with one node and one gateway, as if new: no key, nothing in the ledger, and the node as it was at first.
    /// </summary>
    internal async Task<TestCluster> AsNewAsync(params string[] settings)
    {
        string key = string.Join('\n', settings);
        if (_clusters.TryGetValue(key, out var known))
        {
            await known.RenewAsync();
            return known;
        }

        return _clusters[key] = await TestCluster.BuildAsync(1, 1, settings);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Values)
        {
            await cluster.DisposeAsync();
        }
    }
}
