using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.PricingService.Ledger;

/// <summary>The routes of the ledger's archives.</summary>
internal static class ArchiveEndpoints
{
    public static void MapArchives(this IEndpointRouteBuilder routes)
    {
        var archives = routes.MapGroup("/ledger/archives").WithTags("Usage").RequireCaller(Callers.Operators);
        archives.MapGet("", ListAsync);
        archives.MapPost("", ArchiveAsync);
    }

    /// <summary>List the archives, oldest first.</summary>
    internal static Task<IReadOnlyList<LedgerArchiveInfo>> ListAsync(LedgerArchiver archiver, CancellationToken cancellationToken) =>
        archiver.ListAsync(cancellationToken);

    /// <summary>Move the oldest records into a file.</summary>
    /// <remarks>One file for each call. 204: no record is that old any more.</remarks>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used, or the day is too recent.")]
    [Refuses(StatusCodes.Status409Conflict, "No folder is set for archives, or another replica archives the same records.")]
    internal static async Task<Results<Ok<LedgerArchiveInfo>, NoContent>> ArchiveAsync(
        ArchiveRequest request,
        LedgerArchiver archiver,
        CancellationToken cancellationToken
    ) =>
        await archiver.ArchiveAsync(request.Before, cancellationToken) is { } archive ? TypedResults.Ok(archive) : TypedResults.NoContent();
}
