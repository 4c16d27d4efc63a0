namespace ImageToText.InferenceService.Models;

/// <summary>Suggests a public checkpoint that can run instead of one that can't.</summary>
internal static class NearestModel
{
    private const string Captions = "Salesforce/blip-image-captioning-large";
    private const string ReadsText = "microsoft/trocr-base-printed";

    // Models that read text rather than describe pictures, by model_type (or the encoder's).
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

    /// <summary>The nearest model for a model_type.</summary>
    public static string Of(string? type) => type is not null && Readers.Contains(type) ? ReadsText : Captions;
}
