using ImageToText.Contracts;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.InferenceService.Captions;

/// <summary>The route of captions.</summary>
internal static class CaptionRoutes
{
    public static void MapCaptions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/image-to-text", CaptionAsync).Produces<CaptionResponse>().WithTags("Captions").WithName("caption");

    /// <summary>Caption a picture.</summary>
    /// <remarks>
    /// With stream, the answer is server-sent events: pieces {"text"}, and at the end either the event "caption" with the whole
    /// caption or the event "error".
    /// </remarks>
    [Reads(typeof(NodeCaptionFields), "multipart/form-data")]
    [Streams]
    [Refuses<NodeError>(StatusCodes.Status400BadRequest, "The form can't be read, the picture is damaged, or the model is unknown.")]
    [Refuses<NodeError>(StatusCodes.Status408RequestTimeout, "The upload was too slow and was cut off.")]
    [Refuses<NodeError>(StatusCodes.Status413PayloadTooLarge, "The picture is too large.")]
    [Refuses<NodeError>(StatusCodes.Status415UnsupportedMediaType, "The picture's format is not supported.")]
    [Refuses<NodeValidationError>(StatusCodes.Status422UnprocessableEntity, "Fields are missing or out of range.")]
    [Refuses<NodeError>(StatusCodes.Status429TooManyRequests, "The node is busy. Retry-After says when to try again.")]
    internal static Task CaptionAsync(HttpContext http, NodeCaptionEndpoint captions) => captions.HandleAsync(http);

    /// <summary>The fields of the form, with the options of a caption.</summary>
    /// <param name="Image">The picture: JPEG, PNG, GIF, WebP, BMP, TIFF or AVIF.</param>
    /// <param name="ModelId">The model. Default: the node's default model.</param>
    /// <param name="Details">Include token ids, log-probabilities, confidence and all sequences in the answer.</param>
    /// <param name="Stream">Send the answer piece by piece.</param>
    /// <param name="ExpectedWidth">The width by which the picture was priced; a picture of another size is refused.</param>
    /// <param name="ExpectedHeight">The height by which the picture was priced.</param>
    [WithCaptionOptions]
    internal sealed record NodeCaptionFields(
        IFormFile Image,
        string? ModelId = null,
        bool? Details = null,
        bool? Stream = null,
        int? ExpectedWidth = null,
        int? ExpectedHeight = null
    );
}
