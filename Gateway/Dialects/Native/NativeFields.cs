using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>All fields of a request except the picture. Those of a batch apply to each of its pictures.</summary>
internal sealed record NativeFields
{
    /// <summary>The model; null: the default.</summary>
    public required string? ModelId { get; init; }

    /// <summary>Prompt and options.</summary>
    public required CaptionParameters Parameters { get; init; }

    /// <summary>The most to pay, in USD per pixel; null: no limit.</summary>
    public required decimal? MaxPricePerPixel { get; init; }

    /// <summary>Whether to answer with all details.</summary>
    public required bool Details { get; init; }

    /// <summary>Whether to answer piece by piece.</summary>
    public required bool Stream { get; init; }

    /// <summary>Reads the fields.</summary>
    /// <param name="valueOf">Returns the text of a field; null: none.</param>
    /// <exception cref="RefusalException">422: a value has the wrong type or is out of range.</exception>
    public static NativeFields Read(Func<string, string?> valueOf) =>
        new()
        {
            ModelId = valueOf("model_id") is { } model && !string.IsNullOrWhiteSpace(model) ? model.Trim() : null,
            Parameters = CaptionParameters.Read(option => valueOf(option.Name)),
            MaxPricePerPixel = CaptionParameters.ReadPrice("max_price_per_pixel", valueOf("max_price_per_pixel")),
            Details = CaptionParameters.ReadBoolean("details", valueOf("details")),
            Stream = CaptionParameters.ReadBoolean("stream", valueOf("stream")),
        };

    /// <summary>The request to caption a picture with these fields.</summary>
    /// <param name="http">The request, for its Cache-Control.</param>
    /// <param name="admitted">The caller.</param>
    /// <param name="picture">The picture, which now belongs to the request.</param>
    public CaptionRequest Compose(HttpContext http, Admitted admitted, Picture picture)
    {
        return admitted.Caption(http, picture, Parameters) with
        {
            ModelId = ModelId,
            MaxPricePerPixel = MaxPricePerPixel,
            Details = Details,
            Stream = Stream,
        };
    }
}
