namespace ImageToText.InferenceService.Models;

/// <summary>Names a public checkpoint that can be run in the place of one that can't.</summary>
internal static class NearestModel
{
    private const string Captions = "Salesforce/blip-image-captioning-large";
    private const string ReadsText = "microsoft/trocr-base-printed";

    // What reads text rather than describing pictures, by model_type (or the encoder's).
    private static readonly HashSet<string> Readers = new(StringComparer.Ordinal)
    {
        "donut-swin",
        "nougat",
        "pix2struct",
        "got_ocr2",
        "layoutlmv3",
        "udop",
        "mgp-str",
        "trocr",
        "paddleocr_vl",
    };

    /// <summary>The nearest to a model_type.</summary>
    public static string Of(string? type) => type is not null && Readers.Contains(type) ? ReadsText : Captions;
}
