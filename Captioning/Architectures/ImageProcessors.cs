using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Resizing;
using static ImageToText.Captioning.Preprocessing.ProcessorKind;

namespace ImageToText.Captioning.Architectures;

/// <summary>The image processors of transformers that the families use, with their defaults.</summary>
internal static class ImageProcessors
{
    /// <summary>All image processors. The first is the default for a file that names none.</summary>
    public static IReadOnlyList<ProcessorKind> All { get; } =
    [
        new("Blip", ResampleFilter.Bicubic, Square(384), null),
        new("ViT", ResampleFilter.Bilinear, Square(224), null),
        new("DeiT", ResampleFilter.Bicubic, Square(256), 224),
        new("CLIP", ResampleFilter.Bicubic, new ShortestEdge(224, null), 224),
        new("Idefics3", ResampleFilter.Lanczos, new LongestEdge(4 * 364), null),
        new("SmolVLM", ResampleFilter.Lanczos, new LongestEdge(4 * 364), null),
    ];
}
