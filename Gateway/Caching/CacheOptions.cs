using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Caching;

/// <summary>How captions are kept and shared: <c>Gateway:Cache</c>. Nothing is without <c>ConnectionStrings:redis</c>.</summary>
public sealed class CacheOptions
{
    /// <summary>Whether captions are kept, and one is made where many ask for the same.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long a caption is kept.</summary>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The largest caption that is kept, in bytes of its JSON with details.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int MaxValueBytes { get; set; } = 64 * 1024;

    /// <summary>What a known caption costs, as a share of what it cost when it was made: 0 is nothing, 1 the whole price.</summary>
    [Range(typeof(decimal), "0", "1", ParseLimitsInInvariantCulture = true)]
    public decimal HitPriceFactor { get; set; }

    /// <summary>How long a request waits for Redis before its caption is made: half of it to look, half for the lock. The first that waits in vain closes the cache until Redis answers again.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a gateway that makes a caption holds the others off without a sign of life; when it dies, another takes over after it.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two looks at whether another gateway's caption is there.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long another's caption is waited for before a request goes its own way.</summary>
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(60);
}
