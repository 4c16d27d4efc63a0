using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>The middle of a resized picture along one direction; where the picture is shorter, black around it.</summary>
/// <param name="First">The first sample of the picture that is kept.</param>
/// <param name="Count">How many samples of the picture are kept.</param>
/// <param name="Before">Black samples before them.</param>
internal readonly record struct CenterCrop(int First, int Count, int Before)
{
    /// <summary>The crop of one direction, rounded as transformers does.</summary>
    /// <param name="length">The resized picture's samples.</param>
    /// <param name="wanted">What is kept of them.</param>
    public static CenterCrop Of(int length, int wanted) =>
        length >= wanted ? new CenterCrop((length - wanted) / 2, wanted, 0) : new CenterCrop(0, length, (wanted - length + 1) / 2);

    /// <summary>This crop as part of a resize.</summary>
    public ResizeAxis ToAxis(int input, int output) => new(input, output, First, Count);
}
