using System.Text.Json.Serialization.Metadata;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>What Ollama's clients ask for: captions, which models there are and what they can, and which version answers.</summary>
internal sealed class OllamaEndpoints(
    CaptionEndpoint captions,
    OllamaDialects dialects,
    OllamaModels models,
    RequestAuthorizer authorizer,
    PictureIntake intake
)
{
    // The version whose forms are spoken here. Programs demand a lowest one.
    private const string SpokenVersion = "0.13.0";

    /// <summary>POST /api/generate.</summary>
    public Task GenerateAsync(HttpContext http) => captions.HandleAsync(http, dialects.Generate);

    /// <summary>POST /api/chat.</summary>
    public Task ChatAsync(HttpContext http) => captions.HandleAsync(http, dialects.Chat);

    /// <summary>GET /api/tags.</summary>
    public Task TagsAsync(HttpContext http) =>
        AnswerAsync(http, OllamaJson.Default.OllamaModelList, () => models.ListAsync(loaded: false, http.RequestAborted));

    /// <summary>GET /api/ps.</summary>
    public Task LoadedAsync(HttpContext http) =>
        AnswerAsync(http, OllamaJson.Default.OllamaModelList, () => models.ListAsync(loaded: true, http.RequestAborted));

    /// <summary>POST /api/show.</summary>
    public Task ShowAsync(HttpContext http) =>
        AnswerAsync(
            http,
            OllamaJson.Default.OllamaShownModel,
            async () =>
            {
                using var json = await intake.ReadJsonAsync(http.Request);
                return await models.ShowAsync(OllamaAsk.NameOf(json.Root), http.RequestAborted);
            }
        );

    /// <summary>GET /api/version. It needs no key, because programs find the service with it.</summary>
    public static Task VersionAsync(HttpContext http) =>
        http.Response.WriteAsJsonAsync(
            new OllamaVersion(SpokenVersion),
            OllamaJson.Default.OllamaVersion,
            cancellationToken: http.RequestAborted
        );

    private Task AnswerAsync<T>(HttpContext http, JsonTypeInfo<T> type, Func<Task<T>> answer) =>
        captions.GuardAsync(
            http,
            dialects.Generate,
            async _ =>
            {
                await authorizer.IdentifyAsync(http);
                await http.Response.WriteAsJsonAsync(await answer(), type, cancellationToken: http.RequestAborted);
            }
        );
}
