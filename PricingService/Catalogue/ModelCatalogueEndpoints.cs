using System.ComponentModel;
using ImageToText.Contracts.Catalogue;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Verification;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Catalogue;

/// <summary>The routes of models and of their verification.</summary>
internal static class ModelCatalogueEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/models").WithTags("Models").RequireCaller(Anyone);
        models.MapGet("/", ListAsync);
        models.MapPost("/requests", RequestAsync);
        models.MapGet("/requests", ListRequestsAsync);
        models.MapGet("/requests/{id}", GetRequestAsync);
        models.MapGet("/{**id}", GetAsync);

        var jobs = routes.MapGroup("/verification/jobs").WithTags("Verification").RequireCaller(Callers.Services);
        jobs.MapPost("/lease", LeaseAsync);
        jobs.MapPost("/{id}/steps", ReportAsync);
        jobs.MapPost("/{id}/result", CompleteAsync);
    }

    /// <summary>List the models of the network.</summary>
    internal static Task<ModelCatalogue> ListAsync(ModelCatalogueView catalogue, CancellationToken cancellationToken) =>
        catalogue.ListAsync(cancellationToken);

    /// <summary>Get a model.</summary>
    [Refuses(StatusCodes.Status404NotFound, "The network has no such model.")]
    internal static Task<CatalogueModel> GetAsync(string id, ModelCatalogueView catalogue, CancellationToken cancellationToken) =>
        catalogue.GetAsync(id, cancellationToken);

    /// <summary>Ask for a model to be verified.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static async Task<Accepted<ModelRequest>> RequestAsync(
        ModelRequestBody body,
        [FromQuery(Name = "requested_by"), Description("The key that asked, if a gateway passes it on.")] string? requestedBy,
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
        return TypedResults.Accepted($"/models/requests/{request.RequestId}", request);
    }

    /// <summary>List all model requests, newest first.</summary>
    internal static Task<IReadOnlyList<ModelRequest>> ListRequestsAsync(VerificationQueue queue, CancellationToken cancellationToken) =>
        queue.ListAsync(cancellationToken);

    /// <summary>Get a model request with its steps.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such request.")]
    internal static Task<ModelRequest> GetRequestAsync(string id, VerificationQueue queue, CancellationToken cancellationToken) =>
        queue.GetAsync(id, cancellationToken);

    /// <summary>Lease a verification.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static async Task<Results<Ok<VerificationJob>, NoContent>> LeaseAsync(
        VerificationLeaseRequest request,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => await queue.LeaseAsync(request.NodeId, cancellationToken) is { } job ? TypedResults.Ok(job) : TypedResults.NoContent();

    /// <summary>Report a step and renew the lease.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such verification.")]
    [Refuses(StatusCodes.Status409Conflict, "Another node has the verification, or it has ended.")]
    internal static Task<ModelRequest> ReportAsync(
        string id,
        VerificationStepReport report,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => queue.ReportAsync(id, report, cancellationToken);

    /// <summary>End an attempt.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such verification.")]
    [Refuses(StatusCodes.Status409Conflict, "Another node has the verification, or it has ended.")]
    internal static Task<ModelRequest> CompleteAsync(
        string id,
        VerificationResult result,
        VerificationQueue queue,
        CancellationToken cancellationToken
    ) => queue.CompleteAsync(id, result, cancellationToken);
}
