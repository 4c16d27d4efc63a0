using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Intake;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>What Ollama's clients ask for: captions, which models there are and what they can, and which version answers.</summary>
internal static class OllamaEndpoints
{
    private const string Json = "application/json";
    private const string NoKey = "No API key, or one that is unknown, expired or revoked.";

    // The version whose forms are spoken here. Programs demand a lowest one.
    private const string SpokenVersion = "0.13.0";

    // Nodes are asked for their models, each within its own time.
    private static readonly JsonRoute Known = new(Audience.Known, typeof(OllamaDialect)) { Timeout = Timeout.InfiniteTimeSpan };

    public static void MapOllama(this IEndpointRouteBuilder routes)
    {
        var ollama = routes.MapGroup("/api").WithTags("Clients of Ollama");
        ollama.MapPost("/generate", GenerateAsync).WithName("ollamaGenerate").Produces<OllamaAnswer>().RefusesCaptions<OllamaError>();
        ollama.MapPost("/chat", ChatAsync).WithName("ollamaChat").Produces<OllamaAnswer>().RefusesCaptions<OllamaError>();
        ollama.MapGet("/tags", TagsAsync).WithName("ollamaTags").WithMetadata(Known);
        ollama.MapGet("/ps", LoadedAsync).WithName("ollamaLoaded").WithMetadata(Known);
        ollama.MapPost("/show", ShowAsync).WithName("ollamaShow").WithMetadata(Known);
        ollama.MapPost("/pull", PullAsync).WithName("ollamaPull").Produces<OllamaPullStep>().WithMetadata(Known);
        // It needs no key, because programs find the service with it.
        ollama.MapGet("/version", Version).WithName("ollamaVersion");
    }

    /// <summary>Caption a picture, for Ollama clients.</summary>
    /// <remarks>
    /// Send one picture in images. The model gets the prompt if it can use it; otherwise the answer has the header x-prompt: ignored.
    /// With stream, which is on unless you turn it off, the answer is lines of JSON. A request without prompt and images loads the
    /// model, free of charge.
    /// </remarks>
    [Reads(typeof(GenerateBody), Json)]
    internal static Task GenerateAsync(HttpContext http, CaptionEndpoint captions, OllamaDialects dialects) =>
        captions.HandleAsync(http, dialects.Generate);

    /// <summary>Caption a picture in a conversation, for Ollama clients.</summary>
    /// <remarks>The last picture and the user's last text count. Otherwise as POST /api/generate.</remarks>
    [Reads(typeof(ChatBody), Json)]
    internal static Task ChatAsync(HttpContext http, CaptionEndpoint captions, OllamaDialects dialects) =>
        captions.HandleAsync(http, dialects.Chat);

    /// <summary>List the models, for Ollama clients.</summary>
    [Refuses<OllamaError>(StatusCodes.Status401Unauthorized, NoKey)]
    internal static async Task<Ok<OllamaModelList>> TagsAsync(OllamaModels models, CancellationToken cancellationToken) =>
        TypedResults.Ok(await models.ListAsync(loaded: false, cancellationToken));

    /// <summary>List the models that are loaded, for Ollama clients.</summary>
    [Refuses<OllamaError>(StatusCodes.Status401Unauthorized, NoKey)]
    internal static async Task<Ok<OllamaModelList>> LoadedAsync(OllamaModels models, CancellationToken cancellationToken) =>
        TypedResults.Ok(await models.ListAsync(loaded: true, cancellationToken));

    /// <summary>Describe a model, for Ollama clients.</summary>
    [Reads(typeof(ShowBody), Json)]
    [Refuses<OllamaError>(StatusCodes.Status401Unauthorized, NoKey)]
    [Refuses<OllamaError>(StatusCodes.Status404NotFound, "No node offers the model.")]
    internal static async Task<Ok<OllamaShownModel>> ShowAsync(HttpContext http, PictureIntake intake, OllamaModels models)
    {
        using var json = await intake.ReadJsonAsync(http.Request);
        return TypedResults.Ok(await models.ShowAsync(OllamaAsk.NameOf(json.Object), http.RequestAborted));
    }

    /// <summary>Pull a model, for Ollama clients.</summary>
    /// <remarks>
    /// Models are pulled by whoever runs the nodes. For a model that is offered, the answer is that of a pull that has nothing to do: lines
    /// of JSON or, with stream false, the last of them.
    /// </remarks>
    [Reads(typeof(PullBody), Json)]
    [Refuses<OllamaError>(StatusCodes.Status401Unauthorized, NoKey)]
    [Refuses<OllamaError>(StatusCodes.Status404NotFound, "No node offers the model.")]
    internal static async Task PullAsync(HttpContext http, PictureIntake intake, OllamaModels models)
    {
        using var json = await intake.ReadJsonAsync(http.Request);
        bool isStream = OllamaAsk.StreamOf(json.Object);
        var steps = await models.PullAsync(OllamaAsk.NameOf(json.Object), http.RequestAborted);
        http.Response.ContentType = isStream ? AnswerLines.ContentType : Json;
        foreach (var step in isStream ? steps : [steps[^1]])
        {
            await JsonSerializer.SerializeAsync(http.Response.Body, step, PlainJson.Ollama.OllamaPullStep, http.RequestAborted);
            await http.Response.WriteAsync("\n", http.RequestAborted);
        }
    }

    /// <summary>Get the version of Ollama's API that is spoken here.</summary>
    internal static Ok<OllamaVersion> Version() => TypedResults.Ok(new OllamaVersion(SpokenVersion));

    /// <summary>The fields of /api/generate.</summary>
    /// <param name="Prompt">A question or instruction.</param>
    /// <param name="Images">One picture in base64, as a data URL, or as a web address if the operator allows its host.</param>
    /// <param name="Model">The model, with or without the tag latest. Default: the network's default model.</param>
    /// <param name="Stream">Send the answer line by line. Default: true.</param>
    /// <param name="Options">
    /// num_predict, temperature, top_k, top_p, seed and repeat_penalty, and the options of POST /image-to-text.
    /// </param>
    /// <param name="KeepAlive">0 lets the model go, in a request without a text or picture.</param>
    internal sealed record GenerateBody(
        string? Prompt = null,
        IReadOnlyList<string>? Images = null,
        string? Model = null,
        bool? Stream = null,
        JsonObject? Options = null,
        string? KeepAlive = null
    );

    /// <summary>The fields of /api/chat.</summary>
    /// <param name="Messages">The messages; one picture in the images of one of them.</param>
    /// <param name="Model">The model, with or without the tag latest. Default: the network's default model.</param>
    /// <param name="Stream">Send the answer line by line. Default: true.</param>
    /// <param name="Options">
    /// num_predict, temperature, top_k, top_p, seed and repeat_penalty, and the options of POST /image-to-text.
    /// </param>
    /// <param name="KeepAlive">0 lets the model go, in a request without a text or picture.</param>
    internal sealed record ChatBody(
        IReadOnlyList<JsonObject>? Messages = null,
        string? Model = null,
        bool? Stream = null,
        JsonObject? Options = null,
        string? KeepAlive = null
    );

    /// <summary>The fields of /api/show.</summary>
    /// <param name="Model">The model.</param>
    internal sealed record ShowBody(string Model);

    /// <summary>The fields of /api/pull.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Stream">Send the answer line by line. Default: true.</param>
    internal sealed record PullBody(string Model, bool? Stream = null);
}
