using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>The middle of a resized picture along one direction, with black around it if the picture is shorter.</summary>
/// <param name="First">The first sample to keep.</param>
/// <param name="Count">How many samples to keep.</param>
/// <param name="Before">Black samples before them.</param>
internal readonly record struct CenterCrop(int First, int Count, int Before)
{
    /// <summary>The crop of one direction, rounded as transformers does.</summary>
    /// <param name="length">The resized picture's samples.</param>
    /// <param name="wanted">How many of them to keep.</param>
    public static CenterCrop Of(int length, int wanted) =>
        length >= wanted ? new CenterCrop((length - wanted) / 2, wanted, 0) : new CenterCrop(0, length, (wanted - length + 1) / 2);

    /// <summary>This crop as part of a resize.</summary>
    public ResizeAxis ToAxis(int input, int output) => new(input, output, First, Count);
}
