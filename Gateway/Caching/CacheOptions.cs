using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Caching;

/// <summary>
/// How captions are cached and shared: <c>Gateway:Cache</c>. Without <c>ConnectionStrings:redis</c>, they are not.
/// </summary>
public sealed class CacheOptions
{
    /// <summary>Whether captions are cached, and made only once if many callers ask for the same one.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long a caption is cached.</summary>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The largest caption to cache, in bytes of its JSON with details.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int MaxValueBytes { get; set; } = 64 * 1024;

    /// <summary>What a cached caption costs, as a share of its price when it was made: 0 is nothing, 1 the whole price.</summary>
    [Range(typeof(decimal), "0", "1", ParseLimitsInInvariantCulture = true)]
    public decimal HitPriceFactor { get; set; }

    /// <summary>
    /// How long a request waits for Redis before its caption is made: half of it to look, half for the lock; up to twenty times as
    /// long while Redis is measured to be slow. The first request that waits in vain closes the cache until Redis answers again.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a gateway that makes a caption keeps the others waiting without a sign of life. If it dies, another takes over
    /// after this time. It renews the lease three times as often.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two checks for another gateway's caption.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long to wait for another gateway's caption before a request makes its own.</summary>
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(60);
}
