using System.Diagnostics.Metrics;
using ImageToText.Gateway.Telemetry;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Caching;

/// <summary>The cache's instruments. Each delivered caption says whether it was a hit.</summary>
internal sealed class CacheTelemetry : IDisposable
{
    private readonly Meter _meter;
    private readonly Histogram<double> _lookup;
    private readonly Counter<long> _faults;
    private readonly RedisLink _redis;

    public CacheTelemetry(IMeterFactory meters, RedisLink redis)
    {
        _redis = redis;
        _meter = meters.Create(GatewayTelemetry.Name);
        _lookup = _meter.CreateHistogram<double>("imagetotext.gateway.cache.lookup.duration", "s", "Looking for a caption in the cache.");
        _faults = _meter.CreateCounter<long>("imagetotext.gateway.cache.faults", "{fault}", "Cache lookups that got no usable answer.");
        redis.Failed += Failed;
    }

    /// <summary>Records a lookup.</summary>
    public void LookedUp(bool found, TimeSpan took) => _lookup.Record(took.TotalSeconds, new KeyValuePair<string, object?>("found", found));

    /// <summary>Counts a call without a usable answer.</summary>
    public void Failed(string reason) => _faults.Add(1, new KeyValuePair<string, object?>("error.type", reason));

    /// <summary>Counts a caption that is too large to cache.</summary>
    public void TooLarge() => Failed("too_large");

    /// <inheritdoc/>
    public void Dispose()
    {
        _redis.Failed -= Failed;
        _meter.Dispose();
    }
}
