using System.ComponentModel;
using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Budgets;

/// <summary>The routes of budget slices, for gateways.</summary>
internal static class SliceEndpoints
{
    public static void MapSlices(this IEndpointRouteBuilder routes)
    {
        var slices = routes.MapGroup("/budgets/slices").WithTags("Budgets").RequireCaller(Callers.Services);
        slices.MapPost("/", RequestAsync);
        slices.MapGet("/", OfGatewayAsync);
        slices.MapPost("/shrink", ShrinkAsync);
        slices.MapPost("/renew", RenewAsync);
    }

    /// <summary>Lend a slice of a key's budget.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such key.")]
    internal static Task<SliceAnswer> RequestAsync(SliceRequest request, BudgetLeaseService leases, CancellationToken cancellationToken) =>
        leases.RequestAsync(request, cancellationToken);

    /// <summary>List the slices that a gateway holds.</summary>
    internal static Task<SliceList> OfGatewayAsync(
        [FromQuery(Name = "gateway_id"), Description("The gateway.")] string gatewayId,
        BudgetLeaseService leases,
        CancellationToken cancellationToken
    ) => leases.OfGatewayAsync(gatewayId, cancellationToken);

    /// <summary>Give back what the gateway does not keep of its slices.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<SliceList> ShrinkAsync(
        SliceShrinkRequest request,
        BudgetLeaseService leases,
        CancellationToken cancellationToken
    ) => leases.ShrinkAsync(request, cancellationToken);

    /// <summary>Renew the leases of slices.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<SliceList> RenewAsync(SliceRenewal request, BudgetLeaseService leases, CancellationToken cancellationToken) =>
        leases.RenewAsync(request, cancellationToken);
}
