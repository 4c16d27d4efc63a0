using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>GET /v1/models and /v1/models/{id}: the models currently offered, in OpenAI's format.</summary>
internal sealed class OpenAiModelsEndpoint(CaptionEndpoint endpoint, OpenAiDialect dialect, RequestAuthorizer authorizer, Network network)
{
    /// <summary>Answers with the list.</summary>
    public Task HandleAsync(HttpContext http) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                await authorizer.IdentifyAsync(http);
                await http.Response.WriteAsJsonAsync(
                    new OpenAiModels("list", [.. network.View.ModelIds.Order(StringComparer.Ordinal).Select(Describe)]),
                    OpenAiJson.Default.OpenAiModels,
                    cancellationToken: http.RequestAborted
                );
            }
        );

    /// <summary>Answers with one model.</summary>
    public Task HandleOneAsync(HttpContext http) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                await authorizer.IdentifyAsync(http);
                string id = ModelIdInPath.Of(http);
                await http.Response.WriteAsJsonAsync(
                    network.View.Knows(id) ? Describe(id) : throw Refusals.UnknownModel(id),
                    OpenAiJson.Default.OpenAiModel,
                    cancellationToken: http.RequestAborted
                );
            }
        );

    // When a model was made is unknown here.
    private static OpenAiModel Describe(string id) =>
        new(id, "model", 0, id.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? id[..slash] : "imagetotext");
}
