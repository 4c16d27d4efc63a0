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
        slices.MapGet("/", OfGatewayAsync).WithSummary("The slices a gateway holds");
        slices.MapPost("/shrink", ShrinkAsync).WithSummary("Give back what slices hold beyond what is kept");
        slices.MapPost("/renew", RenewAsync).WithSummary("Renew leases of slices");
    }

    private static Task<SliceAnswer> RequestAsync(SliceRequest request, SliceDesk desk, CancellationToken cancellationToken) =>
        desk.RequestAsync(request, cancellationToken);

    private static Task<SliceList> OfGatewayAsync(
        [FromQuery(Name = "gateway_id")] string gatewayId,
        SliceDesk desk,
        CancellationToken cancellationToken
    ) => desk.OfGatewayAsync(gatewayId, cancellationToken);

    private static Task<SliceList> ShrinkAsync(SliceShrinkRequest request, SliceDesk desk, CancellationToken cancellationToken) =>
        desk.ShrinkAsync(request, cancellationToken);

    private static Task<SliceList> RenewAsync(SliceRenewal request, SliceDesk desk, CancellationToken cancellationToken) =>
        desk.RenewAsync(request, cancellationToken);
}
