using System.ComponentModel.DataAnnotations;
using ImageToText.Captioning.Preprocessing;
using ImageToText.ImageHeaders;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.InferenceService.Uploads;

/// <summary>What a node accepts: <c>Inference:Upload</c>.</summary>
public sealed class UploadOptions : IValidatableObject
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Upload";

    /// <summary>The most bytes in a picture file: 50 MiB, as in Livepeer's AI runner.</summary>
    [AtLeast(1)]
    public int MaxImageBytes { get; set; } = 52_428_800;

    /// <summary>The most pixels on a picture's longer side.</summary>
    [AtLeast(1)]
    public int MaxImageSide { get; set; } = 32_768;

    /// <summary>
    /// The most pixels in a picture, width x height. Without a number: 200 million, or one for each 16 bytes of the node's memory if
    /// that is less.
    /// </summary>
    [AtLeast(1)]
    public long? MaxImagePixels { get; set; }

    /// <summary>
    /// How long ImageMagick may decode a picture; it reads the less usual formats. A picture that takes longer is refused (413).
    /// </summary>
    [AtLeast("00:00:01", ErrorMessage = "give a second or more, such as 00:01:00.")]
    public TimeSpan MaxDecodeTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many pictures that took longer than <c>MaxDecodeTime</c>, or whose callers left, may go on being decoded at once, since
    /// ImageMagick can't be stopped. Beyond, pictures of its formats are told to try again (429).
    /// </summary>
    [AtLeast(1)]
    public int MaxLateDecodes { get; set; } = 4;

    /// <summary>Formats to switch off, such as <c>Heic</c> or <c>JpegXl</c>. Pictures of these formats are refused (415).</summary>
    public IList<ImageFormat> RefusedFormats { get; } = [];

    /// <summary>
    /// How much memory all uploads in hand together may take, in bytes; further requests are told to try again. The items of jobs may take
    /// half as much again.
    /// </summary>
    public long MaxBytesInFlight { get; set; } = 536_870_912;

    /// <summary>An upload slower than this is cut off once the grace period is over.</summary>
    [AtLeast(1)]
    public int MinBytesPerSecond { get; set; } = 4096;

    /// <summary>How long an upload may be slower.</summary>
    [AtLeast("00:00:01", ErrorMessage = "give a second or more, such as 00:00:10.")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    internal ImageLimits ToImageLimits() =>
        new()
        {
            MaxBytes = MaxImageBytes,
            MaxSide = MaxImageSide,
            MaxPixels = MaxImagePixels ?? ImageLimits.PixelsIn(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            MaxDecodeTime = MaxDecodeTime,
            MaxLateDecodes = MaxLateDecodes,
            RefusedFormats = [.. RefusedFormats],
            SideSetting = $"{Section}:{nameof(MaxImageSide)}",
            PixelsSetting = $"{Section}:{nameof(MaxImagePixels)}",
            TimeSetting = $"{Section}:{nameof(MaxDecodeTime)}",
            LateSetting = $"{Section}:{nameof(MaxLateDecodes)}",
        };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        long least = 2L * MaxImageBytes;
        if (MaxBytesInFlight < least)
        {
            yield return new($"{Section}:{nameof(MaxBytesInFlight)} is {MaxBytesInFlight}: give {least} or more.");
        }
    }
}
