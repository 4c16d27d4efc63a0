using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Access;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Budgets;

/// <summary>The routes of budget slices, for gateways.</summary>
internal static class SliceEndpoints
{
    public static void MapSlices(this IEndpointRouteBuilder routes)
    {
        var slices = routes.MapGroup("/budgets/slices").WithTags("Budgets").RequireCaller(Callers.Services);
        slices.MapPost("/", RequestAsync).WithSummary("Lend a slice of a key's budget");
        slices.MapGet("/", OfGatewayAsync).WithSummary("List the slices that a gateway holds");
        slices.MapPost("/shrink", ShrinkAsync).WithSummary("Give back what the gateway does not keep of its slices");
        slices.MapPost("/renew", RenewAsync).WithSummary("Renew the leases of slices");
    }

    private static Task<SliceAnswer> RequestAsync(SliceRequest request, BudgetLeaseService leases, CancellationToken cancellationToken) =>
        leases.RequestAsync(request, cancellationToken);

    private static Task<SliceList> OfGatewayAsync(
        [FromQuery(Name = "gateway_id")] string gatewayId,
        BudgetLeaseService leases,
        CancellationToken cancellationToken
    ) => leases.OfGatewayAsync(gatewayId, cancellationToken);

    private static Task<SliceList> ShrinkAsync(
        SliceShrinkRequest request,
        BudgetLeaseService leases,
        CancellationToken cancellationToken
    ) => leases.ShrinkAsync(request, cancellationToken);

    private static Task<SliceList> RenewAsync(SliceRenewal request, BudgetLeaseService leases, CancellationToken cancellationToken) =>
        leases.RenewAsync(request, cancellationToken);
}
