using System.ComponentModel;
using System.Text.Json.Nodes;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.Dialects.HuggingFace;

/// <summary>The routes of Hugging Face's inference API.</summary>
internal static class HuggingFaceEndpoints
{
    public static void MapHuggingFace(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("").WithTags("Clients of Hugging Face and OpenAI");
        models
            .MapPost("/models/{**id}", CaptionAsync)
            .WithName("huggingFaceCaption")
            .Produces<IReadOnlyList<CaptionText>>()
            .RefusesCaptions<HuggingFaceError>();
        models.MapPost("/hf-inference/models/{**id}", CaptionAsync).ExcludeFromDescription();
    }

    /// <summary>Caption a picture, for Hugging Face clients.</summary>
    /// <remarks>
    /// Send the picture's bytes as the body, or JSON with 'inputs' in base64 and 'parameters' (generate_kwargs). The answer is an
    /// object for the JavaScript client, a list for the Python client and all others. ?shape=list or object overrides this.
    /// </remarks>
    [Reads(typeof(CaptionBody), "application/json")]
    [Reads(typeof(byte[]), "image/*")]
    internal static Task CaptionAsync(
        [Description("The model.")] string id,
        [Description("The shape of the answer: list or object.")] string? shape,
        HttpContext http,
        CaptionEndpoint captions,
        HuggingFaceDialect dialect
    ) => captions.HandleAsync(http, dialect);

    /// <summary>The fields of JSON.</summary>
    /// <param name="Inputs">The picture in base64.</param>
    /// <param name="Parameters">Caption options, at this level or inside generate_kwargs.</param>
    /// <param name="Options">use_cache and wait_for_model.</param>
    internal sealed record CaptionBody(string Inputs, JsonObject? Parameters = null, JsonObject? Options = null);
}
