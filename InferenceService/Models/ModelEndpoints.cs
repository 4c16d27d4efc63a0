using ImageToText.Contracts;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.InferenceService.Models;

/// <summary>The routes of models.</summary>
internal static class ModelEndpoints
{
    private const string Unknown = "The node has no such model.";
    private const string Busy = "Busy models take the memory. Retry-After says when to try again.";
    private const string Unloadable = "The model can't be loaded; the message says why.";

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("").WithTags("Models").AddEndpointFilter(AnswerUnknownAsync);
        models.MapGet("/models", List);
        models.MapGet("/models/{name}", Get);
        models.MapPost("/models/{name}/load", LoadAsync);
        models.MapPost("/models/{name}/unload", UnloadAsync);
        models.MapGet("/models/{org}/{name}", GetOfOrganization);
        models.MapPost("/models/{org}/{name}/load", LoadOfOrganizationAsync);
        models.MapPost("/models/{org}/{name}/unload", UnloadOfOrganizationAsync);
    }

    /// <summary>List the models that the node can serve, and the memory that they take.</summary>
    internal static Ok<ServedModels> List(ModelView view) => TypedResults.Ok(view.Describe());

    /// <summary>Get a model.</summary>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    internal static Ok<ServedModel> Get(string name, ModelView view) =>
        // An id's slash may also be written as %2F, which routing leaves as it is.
        TypedResults.Ok(view.Describe(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Get a model of an organization.</summary>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    internal static Ok<ServedModel> GetOfOrganization(string org, string name, ModelView view) => Get($"{org}/{name}", view);

    /// <summary>Load a model.</summary>
    /// <remarks>Answers once the model is loaded.</remarks>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    [Refuses<NodeError>(StatusCodes.Status429TooManyRequests, Busy)]
    [Refuses<NodeError>(StatusCodes.Status500InternalServerError, Unloadable)]
    internal static async Task<Ok<ServedModel>> LoadAsync(
        string name,
        ModelStore models,
        ModelView view,
        CancellationToken cancellationToken
    )
    {
        await models.LoadAsync(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), cancellationToken);
        return Get(name, view);
    }

    /// <summary>Load a model of an organization.</summary>
    /// <remarks>Answers once the model is loaded.</remarks>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    [Refuses<NodeError>(StatusCodes.Status429TooManyRequests, Busy)]
    [Refuses<NodeError>(StatusCodes.Status500InternalServerError, Unloadable)]
    internal static Task<Ok<ServedModel>> LoadOfOrganizationAsync(
        string org,
        string name,
        ModelStore models,
        ModelView view,
        CancellationToken cancellationToken
    ) => LoadAsync($"{org}/{name}", models, view, cancellationToken);

    /// <summary>Unload a model.</summary>
    /// <remarks>Answers once the captions under way have ended. The next request for the model loads it again.</remarks>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    internal static async Task<Ok<ServedModel>> UnloadAsync(
        string name,
        ModelStore models,
        ModelView view,
        CancellationToken cancellationToken
    )
    {
        await models.UnloadAsync(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), cancellationToken);
        return Get(name, view);
    }

    /// <summary>Unload a model of an organization.</summary>
    /// <remarks>Answers once the captions under way have ended. The next request for the model loads it again.</remarks>
    [Refuses<NodeError>(StatusCodes.Status404NotFound, Unknown)]
    internal static Task<Ok<ServedModel>> UnloadOfOrganizationAsync(
        string org,
        string name,
        ModelStore models,
        ModelView view,
        CancellationToken cancellationToken
    ) => UnloadAsync($"{org}/{name}", models, view, cancellationToken);

    // Here the address names the model. In a caption request it is a field, and an unknown one is a bad request, as in the runner.
    private static async ValueTask<object?> AnswerUnknownAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (UnknownModelException unknown)
        {
            return TypedResults.NotFound(new NodeError(new NodeErrorDetail(unknown.Message)));
        }
    }
}
