using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>GET /v1/models: the models currently offered, in OpenAI's format.</summary>
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
                var view = network.View;
                // When a model was made is unknown here.
                var models = view
                    .ModelIds.Order(StringComparer.Ordinal)
                    .Select(static id => new OpenAiModel(
                        id,
                        "model",
                        0,
                        id.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? id[..slash] : "imagetotext"
                    ));
                await http.Response.WriteAsJsonAsync(
                    new OpenAiModels("list", [.. models]),
                    OpenAiJson.Default.OpenAiModels,
                    cancellationToken: http.RequestAborted
                );
            }
        );
}
