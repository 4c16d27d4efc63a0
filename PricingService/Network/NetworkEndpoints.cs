using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Registry;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Network;

/// <summary>The routes of nodes and of the network as a whole.</summary>
internal static class NetworkEndpoints
{
    public static void MapNetwork(this IEndpointRouteBuilder routes)
    {
        var network = routes.MapGroup("").WithTags("Registry");
        network
            .MapGet("/network", WatchAsync)
            .RequireCaller(Callers.Services)
            .WithSummary("Get the network, once it differs from the known version");
        network.MapGet("/nodes", ListAsync).RequireCaller(Callers.Operators).WithSummary("All nodes");
        network.MapPut("/nodes/{id}", RegisterAsync).RequireCaller(Callers.Services).WithSummary("Register a node");
        network.MapPost("/nodes/{id}/heartbeat", RenewAsync).RequireCaller(Callers.Services).WithSummary("Renew a node's lease");
        network
            .MapPut("/nodes/{id}/state", SetStateAsync)
            .RequireCaller(Callers.Operators)
            .WithSummary("Activate, drain or disable a node");
        network.MapDelete("/nodes/{id}", RemoveAsync).RequireCaller(Callers.Services | Callers.Operators).WithSummary("Take a node out");
    }

    private static Task<NetworkUpdate> WatchAsync(
        [FromQuery(Name = "gateway_id")] string gatewayId,
        long? since,
        [FromQuery(Name = "wait_seconds")] double? waitSeconds,
        RegisteredNetwork network,
        CancellationToken cancellationToken
    ) =>
        waitSeconds is null or (>= 0 and <= 3600)
            ? network.WatchAsync(gatewayId, since, TimeSpan.FromSeconds(waitSeconds ?? 0), cancellationToken)
            : throw PricingRefusals.Invalid("wait_seconds must be from 0 to 3600; the service waits at most 60.");

    private static Task<IReadOnlyList<NodeInfo>> ListAsync(RegisteredNetwork network, CancellationToken cancellationToken) =>
        network.ListAsync(cancellationToken);

    private static Task<NodeLease> RegisterAsync(
        string id,
        NodeRegistration registration,
        NodeRegistry registry,
        CancellationToken cancellationToken
    ) => registry.RegisterAsync(id, registration, cancellationToken);

    private static Task<NodeLease> RenewAsync(
        string id,
        NodeHeartbeat heartbeat,
        NodeRegistry registry,
        CancellationToken cancellationToken
    ) => registry.RenewAsync(id, heartbeat, cancellationToken);

    private static async Task<NodeInfo> SetStateAsync(
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

    private static async Task<IResult> RemoveAsync(string id, NodeRegistry registry, CancellationToken cancellationToken)
    {
        await registry.RemoveAsync(id, cancellationToken);
        return Results.NoContent();
    }
}
