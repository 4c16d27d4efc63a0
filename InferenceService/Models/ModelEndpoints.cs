using ImageToText.Contracts;

namespace ImageToText.InferenceService.Models;

/// <summary>
/// GET /models, GET /models/{id}, POST /models/{id}/load and /unload. An id may contain one slash, written as it is or as %2F.
/// </summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models", (ModelView view) => Results.Json(view.Describe(), NodeApiJson.Default.ServedModels));
        foreach (string id in (ReadOnlySpan<string>)["{name}", "{org}/{name}"])
        {
            routes.MapGet(
                $"/models/{id}",
                (string? org, string name, ModelView view) => AnswerAsync(Id(org, name), view, static () => Task.CompletedTask)
            );
            routes.MapPost(
                $"/models/{id}/load",
                (string? org, string name, ModelStore models, ModelView view, CancellationToken cancelled) =>
                    AnswerAsync(Id(org, name), view, () => models.LoadAsync(Id(org, name), cancelled))
            );
            routes.MapPost(
                $"/models/{id}/unload",
                (string? org, string name, ModelStore models, ModelView view, CancellationToken cancelled) =>
                    AnswerAsync(Id(org, name), view, () => models.UnloadAsync(Id(org, name), cancelled))
            );
        }
    }

    private static string Id(string? org, string name) =>
        (org is null ? name : $"{org}/{name}").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> AnswerAsync(string id, ModelView view, Func<Task> change)
    {
        try
        {
            await change();
            return Results.Json(view.Describe(id), NodeApiJson.Default.ServedModel);
        }
        catch (UnknownModelException unknown)
        {
            // Here the address names the model; in a caption request it is a field, as in the runner.
            return Results.Json(
                new NodeError(new NodeErrorDetail(unknown.Message)),
                NodeApiJson.Default.NodeError,
                statusCode: StatusCodes.Status404NotFound
            );
        }
    }
}
