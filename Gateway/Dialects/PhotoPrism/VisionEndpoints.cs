using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.Dialects.PhotoPrism;

/// <summary>The route of PhotoPrism's vision service.</summary>
internal static class VisionEndpoints
{
    public static void MapPhotoPrism(this IEndpointRouteBuilder routes)
    {
        var programs = routes.MapGroup("/api/v1/vision").WithTags("Photo managers and image generators");
        programs.MapPost("/caption", CaptionAsync).WithName("photoPrismCaption").Produces<VisionAnswer>().RefusesCaptions<VisionError>();
    }

    /// <summary>Caption a picture, for PhotoPrism.</summary>
    [Reads(typeof(CaptionBody), "application/json")]
    internal static Task CaptionAsync(HttpContext http, CaptionEndpoint captions, VisionDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>The fields of a request.</summary>
    /// <param name="Id">The request's id; the answer repeats it.</param>
    /// <param name="Model">The model. Default: the network's default model.</param>
    /// <param name="Prompt">A question or instruction, for models that can use it.</param>
    /// <param name="Images">One picture as a data URL, or as a web address if the operator allows its host.</param>
    /// <param name="Url">The picture's web address, if there are no images.</param>
    internal sealed record CaptionBody(
        string? Id = null,
        string? Model = null,
        string? Prompt = null,
        IReadOnlyList<string>? Images = null,
        string? Url = null
    );
}
