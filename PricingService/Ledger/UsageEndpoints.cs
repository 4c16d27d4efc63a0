using System.ComponentModel;
using System.Globalization;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Ledger;

/// <summary>The routes of the ledger.</summary>
internal static class UsageEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("").WithTags("Usage");
        usage.MapPost("/usage/records", RecordAsync).RequireCaller(Callers.Services);
        usage.MapGet("/usage", ReportAsync).RequireCaller(Anyone);
        usage.MapGet("/usage/records", PageAsync).RequireCaller(Anyone);
        usage.MapGet("/usage/export", ExportAsync).Produces<string>(StatusCodes.Status200OK, "text/csv").RequireCaller(Anyone);
        usage.MapGet("/earnings", EarningsAsync).RequireCaller(Callers.Operators);
        usage.MapGet("/reconciliation", ReconcileAsync).RequireCaller(Callers.Operators);
    }

    /// <summary>Add usage records; each counts once.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<UsageReceipt> RecordAsync(UsageBatch batch, LedgerWriter ledger, CancellationToken cancellationToken) =>
        ledger.RecordAsync(batch, cancellationToken);

    /// <summary>Get spend, broken down.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day or a dimension can't be read.")]
    internal static Task<UsageReport> ReportAsync(
        [AsParameters] Filter filter,
        UsageReports reports,
        CancellationToken cancellationToken
    ) => reports.ReportAsync(filter.ToQuery(), cancellationToken);

    /// <summary>List ledger entries, by page.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day or a dimension can't be read.")]
    internal static Task<LedgerPage> PageAsync(
        [AsParameters] Filter filter,
        [ReadAs(typeof(long)), Description("The last entry of the previous page. Default: the first page.")] string? after,
        [ReadAs(typeof(int)), Description("Entries on the page.")] string? limit,
        UsageReports reports,
        CancellationToken cancellationToken
    ) =>
        reports.PageAsync(
            filter.ToQuery(),
            QueryNumbers.Read<long>(after, "after"),
            QueryNumbers.Read<int>(limit, "limit"),
            cancellationToken
        );

    /// <summary>Export ledger entries as CSV.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day or a dimension can't be read.")]
    internal static PushStreamHttpResult ExportAsync(
        [AsParameters] Filter filter,
        UsageReports reports,
        CancellationToken cancellationToken
    )
    {
        var query = filter.ToQuery();
        return TypedResults.Stream(body => reports.ExportAsync(query, body, cancellationToken), "text/csv; charset=utf-8", "usage.csv");
    }

    /// <summary>Get what nodes have earned.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day or a dimension can't be read.")]
    internal static Task<EarningsReport> EarningsAsync(
        [AsParameters] Filter filter,
        UsageReports reports,
        CancellationToken cancellationToken
    ) => reports.EarningsAsync(filter.ToQuery(), cancellationToken);

    /// <summary>Compare what was reserved, delivered and charged.</summary>
    internal static Task<ReconciliationReport> ReconcileAsync(UsageReports reports, CancellationToken cancellationToken) =>
        reports.ReconcileAsync(cancellationToken);

    /// <summary>A report's query: days as <c>2026-11-23</c>, dimensions separated by commas.</summary>
    internal sealed class Filter
    {
        public required HttpContext Http { get; init; }

        [FromQuery(Name = "from"), Description("The first UTC day, such as 2026-01-01.")]
        public string? From { get; init; }

        [FromQuery(Name = "to"), Description("The last UTC day, included.")]
        public string? To { get; init; }

        [FromQuery(Name = "key_id"), Description("Only this key.")]
        public string? KeyId { get; init; }

        [FromQuery(Name = "model_id"), Description("Only this model.")]
        public string? ModelId { get; init; }

        [FromQuery(Name = "node_id"), Description("Only this node.")]
        public string? NodeId { get; init; }

        [FromQuery(Name = "group_by")]
        [Description("What to break it down by: day, key, account, model, node, gateway, separated by commas.")]
        public string? GroupBy { get; init; }

        /// <summary>Returns the query. A caller that is confined to its key sees no other.</summary>
        public UsageQuery ToQuery()
        {
            string? confinedTo = Http.Caller().ConfinedTo;
            return confinedTo is not null && KeyId is not null && KeyId != confinedTo
                ? throw PricingRefusals.Forbidden("A key sees only its own usage; other keys' usage requires scope operate.")
                : new()
                {
                    From = Day(From, "from"),
                    To = Day(To, "to"),
                    KeyId = confinedTo ?? KeyId,
                    ModelId = ModelId,
                    NodeId = NodeId,
                    GroupBy = Dimensions(GroupBy),
                };
        }

        private static DateOnly? Day(string? text, string name) =>
            text is null ? null
            : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
            : throw PricingRefusals.Invalid($"{name} must be a day such as 2026-01-31, not {text}.");

        private static IReadOnlyList<UsageDimension> Dimensions(string? text)
        {
            try
            {
                return UsageDimensions.Parse(text);
            }
            catch (FormatException unknown)
            {
                throw PricingRefusals.Invalid(unknown.Message);
            }
        }
    }
}
