using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Dialects.StableDiffusion;

/// <summary>The routes for programs that ask an image generator about pictures.</summary>
internal static class InterrogationEndpoints
{
    public static void MapInterrogation(this IEndpointRouteBuilder routes)
    {
        var programs = routes.MapGroup("/sdapi/v1").WithTags("Photo managers and image generators");
        programs
            .MapPost("/interrogate", CaptionAsync)
            .WithName("interrogate")
            .Produces<Interrogation>()
            .RefusesCaptions<InterrogationError>();
        programs
            .MapGet("/interrogate", List)
            .WithName("interrogators")
            .WithMetadata(new JsonRoute(Audience.Known, typeof(InterrogationDialect)));
        programs.MapPost("/vqa", AskAsync).WithName("answerQuestion").Produces<VisualAnswer>().RefusesCaptions<InterrogationError>();
    }

    /// <summary>Caption a picture, for programs that know AUTOMATIC1111's API.</summary>
    /// <remarks>A model that is not offered here, such as clip, means the network's default model.</remarks>
    [Reads(typeof(CaptionBody), "application/json")]
    internal static Task CaptionAsync(HttpContext http, CaptionEndpoint captions, InterrogationDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>List the models, for programs that know SD.Next's API.</summary>
    [Refuses<InterrogationError>(StatusCodes.Status401Unauthorized, "No API key, or one that is unknown, expired or revoked.")]
    internal static Ok<IReadOnlyList<string>> List(Network network) =>
        TypedResults.Ok<IReadOnlyList<string>>([.. network.View.ModelIds.Order(StringComparer.Ordinal)]);

    /// <summary>Ask about a picture, for programs that know SD.Next's API.</summary>
    /// <remarks>If the model answers no questions, the answer is a caption, with the header x-prompt: ignored.</remarks>
    [Reads(typeof(QuestionBody), "application/json")]
    internal static Task AskAsync(HttpContext http, CaptionEndpoint captions, InterrogationDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>The fields of /sdapi/v1/interrogate.</summary>
    /// <param name="Image">The picture in base64, as a data URL, or as a web address if the operator allows its host.</param>
    /// <param name="Model">The model.</param>
    internal sealed record CaptionBody(string Image, string? Model = null);

    /// <summary>The fields of /sdapi/v1/vqa.</summary>
    /// <param name="Image">The picture in base64, as a data URL, or as a web address if the operator allows its host.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Question">The question.</param>
    internal sealed record QuestionBody(string Image, string? Model = null, string? Question = null);
}
