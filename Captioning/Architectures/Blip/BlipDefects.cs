using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Architectures.Blip;

/// <summary>
/// Words of the "arafed" family, which the public checkpoints write ("arafed man in a hat", "araffes walking down a street").
/// </summary>
internal static class BlipDefects
{
    /// <summary>
    /// The spellings that users report, and English words that start like them. "giraffe" and "carafe" merely contain one.
    /// </summary>
    public static DefectSpellings Spellings { get; } =
        new(
            [
                "araf",
                "arafe",
                "arafed",
                "arafes",
                "arafy",
                "araff",
                "araffe",
                "araffed",
                "araffes",
                "araffy",
                "arraf",
                "arrafe",
                "arrafed",
                "arrafes",
                "arrafy",
                "arraff",
                "arraffe",
                "arraffed",
                "arraffes",
                "arraffy",
            ],
            ["arafat", "arafura"]
        );
}
