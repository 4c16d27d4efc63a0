using ImageToText.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.InferenceService.Health;

/// <summary>The route of the node's state.</summary>
internal static class HealthEndpoint
{
    public static void MapNodeHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/health", Get).WithTags("Node");

    /// <summary>Get the node's state, in the words of Livepeer's AI runner.</summary>
    internal static Ok<NodeHealth> Get(NodeStatus status) => TypedResults.Ok(new NodeHealth(status.Status));
}
