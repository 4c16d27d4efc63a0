using System.Collections.Frozen;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>What Florence-2 can be asked: a task's token stands for a sentence that the model was trained with.</summary>
/// <param name="Name">The token between its angle brackets.</param>
/// <param name="Sentence">The sentence; {0} is where the task's input goes.</param>
/// <param name="Input">The input that the task needs.</param>
/// <param name="Regions">The kind of regions in the answer; null: it is text.</param>
internal sealed record Florence2Task(string Name, string Sentence, Florence2Input Input = Florence2Input.None, RegionShape? Regions = null)
{
    /// <summary>The task for a request that names none.</summary>
    public static Florence2Task Caption { get; } =
        new("CAPTION", "What does the image describe?") { MaxNewTokens = GenerationDefaults.MaxNewTokens };

    /// <summary>A few sentences.</summary>
    public static Florence2Task DetailedCaption { get; } =
        new("DETAILED_CAPTION", "Describe in detail what is shown in the image.") { MaxNewTokens = 200 };

    /// <summary>A paragraph.</summary>
    public static Florence2Task MoreDetailedCaption { get; } =
        new("MORE_DETAILED_CAPTION", "Describe with a paragraph what is shown in the image.") { MaxNewTokens = 400 };

    /// <summary>All tasks.</summary>
    public static IReadOnlyList<Florence2Task> All { get; } =
    [
        Caption,
        DetailedCaption,
        MoreDetailedCaption,
        new("OCR", "What is the text in the image?"),
        new("OCR_WITH_REGION", "What is the text in the image, with regions?", Regions: RegionShape.Quadrilateral),
        new("OD", "Locate the objects with category name in the image.", Regions: RegionShape.Box),
        new("DENSE_REGION_CAPTION", "Locate the objects in the image, with their descriptions.", Regions: RegionShape.Box),
        new("REGION_PROPOSAL", "Locate the region proposals in the image.", Regions: RegionShape.Box),
        new("CAPTION_TO_PHRASE_GROUNDING", "Locate the phrases in the caption: {0}", Florence2Input.Text, RegionShape.Box),
        new("OPEN_VOCABULARY_DETECTION", "Locate {0} in the image.", Florence2Input.Text, RegionShape.Box),
        new("REFERRING_EXPRESSION_SEGMENTATION", "Locate {0} in the image with mask", Florence2Input.Text, RegionShape.Outline),
        new("REGION_TO_SEGMENTATION", "What is the polygon mask of region {0}", Florence2Input.Region, RegionShape.Outline),
        new("REGION_TO_CATEGORY", "What is the region {0}?", Florence2Input.Region),
        new("REGION_TO_DESCRIPTION", "What does the region {0} describe?", Florence2Input.Region),
        new("REGION_TO_OCR", "What text is in the region {0}?", Florence2Input.Region),
    ];

    private static readonly FrozenDictionary<string, Florence2Task> ByName = All.ToFrozenDictionary(
        static task => task.Name,
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>The most tokens to generate by default. A task that lists things needs as many as there are positions.</summary>
    public int MaxNewTokens { get; private init; } = int.MaxValue;

    /// <summary>The task's token.</summary>
    public string Token => $"<{Name}>";

    /// <summary>The task that writes captions of a length; null: the task for a request without a length.</summary>
    public static Florence2Task Of(CaptionLength? length) =>
        length switch
        {
            CaptionLength.Normal => DetailedCaption,
            CaptionLength.Long => MoreDetailedCaption,
            _ => Caption,
        };

    /// <summary>Finds a task by the name in its token, ignoring case.</summary>
    public static Florence2Task? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>What a task needs besides the picture.</summary>
internal enum Florence2Input
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Words.</summary>
    Text,

    /// <summary>A region's four edges: left, top, right and bottom in thousandths of the picture.</summary>
    Region,
}
