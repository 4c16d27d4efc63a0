using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.InferenceService.Caching;

/// <summary>
/// How captions are cached by their pictures' pixels: <c>Inference:Cache</c>. Without <c>ConnectionStrings:redis</c>, none are.
/// </summary>
public sealed class PictureCacheOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Cache";

    /// <summary>Whether captions are cached.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long a caption is cached.</summary>
    [AtLeast("00:00:00", Exclusive = true, ErrorMessage = "give a time span above zero, such as 7.00:00:00.")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The largest caption to cache, in bytes of its JSON with details.</summary>
    [AtLeast(1)]
    public int MaxValueBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// How long a request waits for Redis; up to twenty times as long while it is measured to be slow. The first one that waits in
    /// vain closes the cache until Redis answers again.
    /// </summary>
    [AtLeast("00:00:00", Exclusive = true, ErrorMessage = "give a time span above zero, such as 00:00:00.050.")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(50);
}
