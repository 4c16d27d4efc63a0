using System.ComponentModel;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Registry;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Network;

/// <summary>The routes of nodes and of the network as a whole.</summary>
internal static class NetworkEndpoints
{
    public static void MapNetwork(this IEndpointRouteBuilder routes)
    {
        var network = routes.MapGroup("").WithTags("Registry");
        network.MapGet("/network", WatchAsync).RequireCaller(Callers.Services);
        network.MapGet("/nodes", ListAsync).RequireCaller(Callers.Operators);
        network.MapPut("/nodes/{id}", RegisterAsync).RequireCaller(Callers.Services);
        network.MapPost("/nodes/{id}/heartbeat", RenewAsync).RequireCaller(Callers.Services);
        network.MapPut("/nodes/{id}/state", SetStateAsync).RequireCaller(Callers.Operators);
        network.MapDelete("/nodes/{id}", RemoveAsync).RequireCaller(Callers.Services | Callers.Operators);
    }

    /// <summary>Get the network, once it differs from the known version.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A parameter is missing or out of range.")]
    internal static Task<NetworkUpdate> WatchAsync(
        [AsParameters] WatchQuery query,
        RegisteredNetwork network,
        CancellationToken cancellationToken
    )
    {
        double wait = QueryNumbers.Read<double>(query.WaitSeconds, "wait_seconds") ?? 0;
        return wait is >= 0 and <= 3600
            ? network.WatchAsync(
                query.GatewayId,
                QueryNumbers.Read<long>(query.Since, "since"),
                TimeSpan.FromSeconds(wait),
                cancellationToken
            )
            : throw PricingRefusals.Invalid("wait_seconds must be from 0 to 3600; the service waits at most 60.");
    }

    /// <summary>List all nodes.</summary>
    internal static Task<IReadOnlyList<NodeInfo>> ListAsync(RegisteredNetwork network, CancellationToken cancellationToken) =>
        network.ListAsync(cancellationToken);

    /// <summary>Register a node.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status409Conflict, "Another node has this id or address.")]
    internal static Task<NodeLease> RegisterAsync(
        string id,
        NodeRegistration registration,
        NodeRegistry registry,
        CancellationToken cancellationToken
    ) => registry.RegisterAsync(id, registration, cancellationToken);

    /// <summary>Renew a node's lease.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "The node is not registered: register it again.")]
    internal static Task<NodeLease> RenewAsync(
        string id,
        NodeHeartbeat heartbeat,
        NodeRegistry registry,
        CancellationToken cancellationToken
    ) => registry.RenewAsync(id, heartbeat, cancellationToken);

    /// <summary>Activate, drain or disable a node.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such node, or it has left.")]
    internal static async Task<NodeInfo> SetStateAsync(
        string id,
        NodeStateChange change,
        NodeRegistry registry,
        RegisteredNetwork network,
        CancellationToken cancellationToken
    )
    {
        await registry.SetStateAsync(id, change.State, cancellationToken);
        return (await network.ListAsync(cancellationToken)).FirstOrDefault(node => node.NodeId == id)
            ?? throw PricingRefusals.NotFound(
                $"The node {id} has left; it will be {change.State.ToString().ToLowerInvariant()} when it comes back."
            );
    }

    /// <summary>Take a node out.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such node.")]
    internal static async Task<NoContent> RemoveAsync(string id, NodeRegistry registry, CancellationToken cancellationToken)
    {
        await registry.RemoveAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>A gateway's question for the network.</summary>
    internal sealed class WatchQuery
    {
        [FromQuery(Name = "gateway_id"), Description("The gateway.")]
        public required string GatewayId { get; init; }

        [FromQuery(Name = "since"), ReadAs(typeof(long)), Description("The version that the gateway knows. Default: none.")]
        public string? Since { get; init; }

        [
            FromQuery(Name = "wait_seconds"),
            ReadAs(typeof(double)),
            Description("How long to wait for another version: 0 to 3600 seconds, of which at most 60 are waited.")
        ]
        public string? WaitSeconds { get; init; }
    }
}
