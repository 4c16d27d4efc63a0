using System.Globalization;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Ledger;

/// <summary>The routes of the ledger.</summary>
internal static class UsageEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("").WithTags("Usage");
        usage.MapPost("/usage/records", RecordAsync).RequireCaller(Callers.Services).WithSummary("Add usage records; each counts once");
        usage.MapGet("/usage", ReportAsync).RequireCaller(Anyone).WithSummary("Get spend, broken down");
        usage.MapGet("/usage/records", PageAsync).RequireCaller(Anyone).WithSummary("List ledger entries, by page");
        usage.MapGet("/usage/export", ExportAsync).RequireCaller(Anyone).WithSummary("Export ledger entries as CSV");
        usage.MapGet("/earnings", EarningsAsync).RequireCaller(Callers.Operators).WithSummary("Get what nodes have earned");
        usage
            .MapGet("/reconciliation", ReconcileAsync)
            .RequireCaller(Callers.Operators)
            .WithSummary("Compare what was reserved, delivered and charged");
    }

    private static Task<UsageReceipt> RecordAsync(UsageBatch batch, LedgerWriter ledger, CancellationToken cancellationToken) =>
        ledger.RecordAsync(batch, cancellationToken);

    private static Task<UsageReport> ReportAsync([AsParameters] Filter filter, UsageReports reports, CancellationToken cancellationToken) =>
        reports.ReportAsync(filter.ToQuery(), cancellationToken);

    private static Task<LedgerPage> PageAsync(
        [AsParameters] Filter filter,
        long? after,
        int? limit,
        UsageReports reports,
        CancellationToken cancellationToken
    ) => reports.PageAsync(filter.ToQuery(), after, limit, cancellationToken);

    private static IResult ExportAsync([AsParameters] Filter filter, UsageReports reports, CancellationToken cancellationToken)
    {
        var query = filter.ToQuery();
        return Results.Stream(body => reports.ExportAsync(query, body, cancellationToken), "text/csv; charset=utf-8", "usage.csv");
    }

    private static Task<EarningsReport> EarningsAsync(
        [AsParameters] Filter filter,
        UsageReports reports,
        CancellationToken cancellationToken
    ) => reports.EarningsAsync(filter.ToQuery(), cancellationToken);

    private static Task<ReconciliationReport> ReconcileAsync(UsageReports reports, CancellationToken cancellationToken) =>
        reports.ReconcileAsync(cancellationToken);

    /// <summary>A report's query: days as <c>2026-11-23</c>, dimensions separated by commas.</summary>
    internal sealed class Filter
    {
        public required HttpContext Http { get; init; }

        [FromQuery(Name = "from")]
        public string? From { get; init; }

        [FromQuery(Name = "to")]
        public string? To { get; init; }

        [FromQuery(Name = "key_id")]
        public string? KeyId { get; init; }

        [FromQuery(Name = "model_id")]
        public string? ModelId { get; init; }

        [FromQuery(Name = "node_id")]
        public string? NodeId { get; init; }

        [FromQuery(Name = "group_by")]
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
