using ImageToText.Contracts.Catalogue;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Verification;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Catalogue;

/// <summary>The routes of models and of their verification.</summary>
internal static class ModelCatalogueEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/models").WithTags("Models").RequireCaller(Anyone);
        models.MapGet("/", ListAsync).WithSummary("List the models of the network");
        models.MapPost("/requests", RequestAsync).WithSummary("Ask for a model to be verified");
        models.MapGet("/requests", ListRequestsAsync).WithSummary("List all model requests, newest first");
        models.MapGet("/requests/{id}", GetRequestAsync).WithSummary("Get a model request with its steps");
        models.MapGet("/{**id}", GetAsync).WithSummary("One model");

        var jobs = routes.MapGroup("/verification/jobs").WithTags("Verification").RequireCaller(Callers.Services);
        jobs.MapPost("/lease", LeaseAsync).WithSummary("Lease a verification");
        jobs.MapPost("/{id}/steps", ReportAsync).WithSummary("Report a step and renew the lease");
        jobs.MapPost("/{id}/result", CompleteAsync).WithSummary("End an attempt");
    }

    private static Task<ModelCatalogue> ListAsync(ModelCatalogueView catalogue, CancellationToken cancellationToken) =>
        catalogue.ListAsync(cancellationToken);

    private static Task<CatalogueModel> GetAsync(string id, ModelCatalogueView catalogue, CancellationToken cancellationToken) =>
        catalogue.GetAsync(id, cancellationToken);

    private static async Task<IResult> RequestAsync(
        ModelRequestBody body,
        [FromQuery(Name = "requested_by")] string? requestedBy,
        VerificationQueue queue,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var caller = http.Caller();
        // Gateways act for the holders of keys, and have checked their scopes.
        if (caller.Kind == Callers.Keys && body.Expectations is { Count: > 0 })
        {
            throw PricingRefusals.Forbidden(
                "Expectations decide for everyone whether a model is verified: leave expectations out, or send them "
                    + "with a key with scope operate."
            );
        }

        var request = await queue.RequestAsync(body, caller.Kind == Callers.Services ? requestedBy : caller.KeyId, cancellationToken);
        return Results.Accepted($"/models/requests/{request.RequestId}", request);
    }

    private static Task<IReadOnlyList<ModelRequest>> ListRequestsAsync(VerificationQueue queue, CancellationToken cancellationToken) =>
        queue.ListAsync(cancellationToken);

    private static Task<ModelRequest> GetRequestAsync(string id, VerificationQueue queue, CancellationToken cancellationToken) =>
        queue.GetAsync(id, cancellationToken);

    private static async Task<IResult> LeaseAsync(
        VerificationLeaseRequest request,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => await queue.LeaseAsync(request.NodeId, cancellationToken) is { } job ? Results.Ok(job) : Results.NoContent();

    private static Task<ModelRequest> ReportAsync(
        string id,
        VerificationStepReport report,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => queue.ReportAsync(id, report, cancellationToken);

    private static Task<ModelRequest> CompleteAsync(
        string id,
        VerificationResult result,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => queue.CompleteAsync(id, result, cancellationToken);
}
