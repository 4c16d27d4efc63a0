using System.Globalization;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>The tokens for places in a picture, in thousandths of its width or height.</summary>
internal static class PlaceTokens
{
    /// <summary>The number of these tokens.</summary>
    public const int Count = 1000;

    /// <summary>The control tokens that Florence-2 adds to BART's, in the order of their ids.</summary>
    public static IReadOnlyList<string> WithTheirKin { get; } =
    [
        "<od>",
        "</od>",
        "<ocr>",
        "</ocr>",
        .. Enumerable.Range(0, Count).Select(Name),
        "<cap>",
        "</cap>",
        "<ncap>",
        "</ncap>",
        "<dcap>",
        "</dcap>",
        "<grounding>",
        "</grounding>",
        "<seg>",
        "</seg>",
        "<sep>",
        "<region_cap>",
        "</region_cap>",
        "<region_to_desciption>",
        "</region_to_desciption>",
        "<proposal>",
        "</proposal>",
        "<poly>",
        "</poly>",
        "<and>",
    ];

    /// <summary>A place's token.</summary>
    public static string Name(int place) => string.Create(CultureInfo.InvariantCulture, $"<loc_{place}>");

    /// <summary>Reads a folder's tokenizer. Microsoft's folders only hold BART's, so Florence-2's own tokens are added.</summary>
    public static ITokenizer Load(string folder)
    {
        var tokenizer = CaptionTokenizer.Load(folder);
        return tokenizer.TryGetId(Name(0), out _) ? tokenizer : CaptionTokenizer.Load(folder, WithTheirKin);
    }
}
