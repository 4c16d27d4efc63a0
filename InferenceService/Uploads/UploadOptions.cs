using ImageToText.Captioning.Preprocessing;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Uploads;

/// <summary>What a node accepts: <c>Inference:Upload</c>.</summary>
public sealed class UploadOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Upload";

    /// <summary>The most bytes in a picture file: 50 MiB, as in Livepeer's AI runner.</summary>
    public int MaxImageBytes { get; set; } = 52_428_800;

    /// <summary>The most pixels on a picture's longer side.</summary>
    public int MaxImageSide { get; set; } = 16_384;

    /// <summary>The most pixels in a picture, width x height.</summary>
    public long MaxImagePixels { get; set; } = 100_000_000;

    /// <summary>
    /// How much memory all uploads in hand together may take, in bytes; further requests are told to try again.
    /// </summary>
    public long MaxBytesInFlight { get; set; } = 536_870_912;

    /// <summary>An upload slower than this is cut off once the grace period is over.</summary>
    public int MinBytesPerSecond { get; set; } = 4096;

    /// <summary>How long an upload may be slower.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    internal ImageLimits ToImageLimits() =>
        new()
        {
            MaxBytes = MaxImageBytes,
            MaxSide = MaxImageSide,
            MaxPixels = MaxImagePixels,
        };
}

internal sealed class UploadOptionsValidator : IValidateOptions<UploadOptions>
{
    public ValidateOptionsResult Validate(string? name, UploadOptions options)
    {
        var faults = new List<string>();
        AtLeast(options.MaxImageBytes, 1, nameof(options.MaxImageBytes));
        AtLeast(options.MaxImageSide, 1, nameof(options.MaxImageSide));
        AtLeast(options.MaxImagePixels, 1, nameof(options.MaxImagePixels));
        AtLeast(options.MaxBytesInFlight, 2L * options.MaxImageBytes, nameof(options.MaxBytesInFlight));
        AtLeast(options.MinBytesPerSecond, 1, nameof(options.MinBytesPerSecond));
        if (options.GracePeriod < TimeSpan.FromSeconds(1))
        {
            faults.Add(
                $"{UploadOptions.Section}:{nameof(options.GracePeriod)} is {options.GracePeriod}: give a second or more, such as 00:00:10."
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void AtLeast(long value, long least, string key)
        {
            if (value < least)
            {
                faults.Add($"{UploadOptions.Section}:{key} is {value}: give {least} or more.");
            }
        }
    }
}
