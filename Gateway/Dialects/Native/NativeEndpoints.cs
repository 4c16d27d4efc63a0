using ImageToText.Contracts;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>The gateway's own routes for captions.</summary>
internal static class NativeEndpoints
{
    private const string Form = "multipart/form-data";

    public static void MapNative(this IEndpointRouteBuilder routes)
    {
        var captions = routes.MapGroup("").WithTags("Captions");
        captions.MapPost("/image-to-text", CaptionAsync).WithName("caption").Produces<CaptionResponse>().RefusesCaptions<ErrorBody>();
        captions.MapPost("/image-to-text/batch", BatchAsync).WithName("captionBatch").Produces<BatchAnswer>().RefusesCaptions<ErrorBody>();
    }

    /// <summary>Caption a picture.</summary>
    /// <remarks>
    /// You pay by the picture's pixels, and only if a caption is delivered. Answers have the headers x-request-id, x-cost-usd,
    /// x-cache, x-model-revision, x-node and Server-Timing. With stream, the answer is server-sent events: pieces {"text"}, and at the
    /// end either the event "caption" with the whole caption or the event "error".
    /// </remarks>
    [Reads(typeof(CaptionForm), Form)]
    [Reads(typeof(CaptionBody), "application/json")]
    [Streams]
    internal static Task CaptionAsync(HttpContext http, CaptionEndpoint captions, NativeDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>Caption many pictures.</summary>
    /// <remarks>
    /// Each picture has its own result or error and is charged separately. Options apply to all pictures. With Accept:
    /// text/event-stream or application/x-ndjson, each result is sent as it is done, and then the counts and the cost.
    /// </remarks>
    [Streams]
    [Reads(typeof(BatchForm), Form)]
    internal static Task BatchAsync(HttpContext http, BatchEndpoint batch) => batch.HandleAsync(http);

    /// <summary>The fields of a form.</summary>
    /// <param name="Image">The picture: JPEG, PNG, GIF, WebP, BMP, TIFF or AVIF.</param>
    /// <param name="ModelId">The model. Default: the network's default model.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    /// <param name="Details">Include token ids, log-probabilities, confidence and all sequences in the answer.</param>
    /// <param name="Stream">Send the answer piece by piece.</param>
    [WithCaptionOptions]
    internal sealed record CaptionForm(
        IFormFile Image,
        string? ModelId = null,
        decimal? MaxPricePerPixel = null,
        bool? Details = null,
        bool? Stream = null
    );

    /// <summary>The same fields as JSON.</summary>
    /// <param name="Image">The picture in base64, or as a data URL.</param>
    /// <param name="ModelId">The model. Default: the network's default model.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    /// <param name="Details">Include token ids, log-probabilities, confidence and all sequences in the answer.</param>
    /// <param name="Stream">Send the answer piece by piece.</param>
    [WithCaptionOptions]
    internal sealed record CaptionBody(
        string Image,
        string? ModelId = null,
        decimal? MaxPricePerPixel = null,
        bool? Details = null,
        bool? Stream = null
    );

    /// <summary>The fields of a form with many pictures.</summary>
    /// <param name="Images">The pictures, each in a part named images.</param>
    /// <param name="ModelId">The model. Default: the network's default model.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    /// <param name="Details">Include token ids, log-probabilities, confidence and all sequences in the answer.</param>
    [WithCaptionOptions]
    internal sealed record BatchForm(
        IFormFileCollection Images,
        string? ModelId = null,
        decimal? MaxPricePerPixel = null,
        bool? Details = null
    );
}
