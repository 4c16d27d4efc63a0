using Microsoft.Extensions.Options;

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
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The largest caption to cache, in bytes of its JSON with details.</summary>
    public int MaxValueBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// How long a request waits for Redis. The first one that waits in vain closes the cache until Redis answers again.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(50);
}

internal sealed class PictureCacheOptionsValidator : IValidateOptions<PictureCacheOptions>
{
    private const string Section = PictureCacheOptions.Section;

    public ValidateOptionsResult Validate(string? name, PictureCacheOptions options)
    {
        var faults = new List<string>();
        if (options.TimeToLive <= TimeSpan.Zero)
        {
            faults.Add($"{Section}:{nameof(options.TimeToLive)} is {options.TimeToLive}: give a time span above zero, such as 7.00:00:00.");
        }

        if (options.Patience <= TimeSpan.Zero)
        {
            faults.Add($"{Section}:{nameof(options.Patience)} is {options.Patience}: give a time span above zero, such as 00:00:00.050.");
        }

        if (options.MaxValueBytes < 1)
        {
            faults.Add($"{Section}:{nameof(options.MaxValueBytes)} is {options.MaxValueBytes}: give 1 or more.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
