using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Access;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Registry;

/// <summary>The routes of nodes and of the network as a whole.</summary>
internal static class RegistryEndpoints
{
    public static void MapRegistry(this IEndpointRouteBuilder routes)
    {
        var registry = routes.MapGroup("").WithTags("Registry");
        registry
            .MapGet("/network", WatchAsync)
            .RequireCaller(Callers.Services)
            .WithSummary("The network, once it differs from the version known");
        registry.MapGet("/nodes", ListAsync).RequireCaller(Callers.Operators).WithSummary("All nodes");
        registry.MapPut("/nodes/{id}", RegisterAsync).RequireCaller(Callers.Services).WithSummary("Register a node");
        registry.MapPost("/nodes/{id}/heartbeat", RenewAsync).RequireCaller(Callers.Services).WithSummary("Renew a node's lease");
        registry
            .MapPut("/nodes/{id}/state", SetStateAsync)
            .RequireCaller(Callers.Operators)
            .WithSummary("Activate, drain or disable a node");
        registry.MapDelete("/nodes/{id}", RemoveAsync).RequireCaller(Callers.Services | Callers.Operators).WithSummary("Take a node out");
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
            : throw Refusal.Invalid("wait_seconds must be from 0 to 3600; at most 60 are waited.");

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
            ?? throw Refusal.NotFound(
                $"The node {id} has left; it will be {change.State.ToString().ToLowerInvariant()} when it comes back."
            );
    }

    private static async Task<IResult> RemoveAsync(string id, NodeRegistry registry, CancellationToken cancellationToken)
    {
        await registry.RemoveAsync(id, cancellationToken);
        return Results.NoContent();
    }
}
