using System.ComponentModel;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>The routes of OpenAI's API.</summary>
internal static class OpenAiEndpoints
{
    private static readonly JsonRoute Known = new(Audience.Known, typeof(OpenAiDialect));

    public static void MapOpenAi(this IEndpointRouteBuilder routes)
    {
        var openAi = routes.MapGroup("/v1").WithTags("Clients of Hugging Face and OpenAI");
        openAi
            .MapPost("/chat/completions", ChatAsync)
            .WithName("chatCompletion")
            .Produces<ChatCompletion>()
            .RefusesCaptions<OpenAiErrorBody>();
        openAi.MapPost("/responses", RespondAsync).WithName("response").Produces<ModelResponse>().RefusesCaptions<OpenAiErrorBody>();
        openAi.MapGet("/models", Models).WithName("openAiModels").WithMetadata(Known);
        openAi.MapGet("/models/{**id}", Model).WithName("openAiModel").WithMetadata(Known);
    }

    /// <summary>Caption a picture, for OpenAI clients.</summary>
    /// <remarks>
    /// Send one picture among the messages, as a data URL (or a web address, if the operator allows its host). The model gets the
    /// user's last text if it can use it; otherwise the answer has the header x-prompt: ignored. caption_prefix is the text that the
    /// caption begins with.
    /// </remarks>
    [Reads(typeof(ChatBody), "application/json")]
    [Streams]
    internal static Task ChatAsync(HttpContext http, CaptionEndpoint captions, OpenAiDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>Caption a picture, for OpenAI clients of the response API.</summary>
    /// <remarks>
    /// As /v1/chat/completions, in the newer form. A picture is a part of type input_image, whose image_url is a string or an object.
    /// The options of /v1/chat/completions work here too, except several captions.
    /// </remarks>
    [Reads(typeof(ResponseBody), "application/json")]
    [Streams]
    internal static Task RespondAsync(HttpContext http, CaptionEndpoint captions, ResponsesDialect dialect) =>
        captions.HandleAsync(http, dialect);

    /// <summary>List the models, for OpenAI clients.</summary>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status401Unauthorized, "No API key, or one that is unknown, expired or revoked.")]
    internal static Ok<OpenAiModels> Models(Network network) =>
        TypedResults.Ok(new OpenAiModels("list", [.. network.View.ModelIds.Order(StringComparer.Ordinal).Select(Describe)]));

    /// <summary>Get one model, for OpenAI clients.</summary>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status401Unauthorized, "No API key, or one that is unknown, expired or revoked.")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, "No node offers the model.")]
    internal static Ok<OpenAiModel> Model([Description("The model.")] string id, Network network)
    {
        string model = ModelIdInPath.Of(id);
        return network.View.Knows(model) ? TypedResults.Ok(Describe(model)) : throw Refusals.UnknownModel(model);
    }

    // When a model was made is unknown here.
    private static OpenAiModel Describe(string id) =>
        new(id, "model", 0, id.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? id[..slash] : "imagetotext");

    /// <summary>The fields of a response.</summary>
    /// <param name="Input">The messages, with one picture among them.</param>
    /// <param name="Model">The model. Default: the network's default model.</param>
    /// <param name="Stream">Send the answer piece by piece.</param>
    /// <param name="MaxOutputTokens">The most tokens. It may be larger than the model's room.</param>
    /// <param name="Text">The form of the text: format with type text, json_object or json_schema.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    internal sealed record ResponseBody(
        IReadOnlyList<JsonObject> Input,
        string? Model = null,
        bool? Stream = null,
        int? MaxOutputTokens = null,
        JsonObject? Text = null,
        decimal? MaxPricePerPixel = null
    );

    /// <summary>The fields of a chat completion.</summary>
    /// <param name="Messages">The messages, with one picture among them.</param>
    /// <param name="Model">The model. Default: the network's default model.</param>
    /// <param name="Stream">Send the answer piece by piece.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    [WithCaptionOptions(OpenAiNames = true)]
    internal sealed record ChatBody(
        IReadOnlyList<JsonObject> Messages,
        string? Model = null,
        bool? Stream = null,
        decimal? MaxPricePerPixel = null
    );
}
