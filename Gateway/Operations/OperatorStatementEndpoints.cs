using System.ComponentModel;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Operations;

/// <summary>Monthly statements, as the pricing service writes them. They include what this gateway has delivered until now.</summary>
internal static class OperatorStatementEndpoints
{
    private const string NoMonth = "The month can't be read.";
    private const string Csv = "text/csv";
    private const string Html = "text/html";

    public static void MapStatements(this IEndpointRouteBuilder routes)
    {
        var statements = routes.MapGroup("/statements");
        statements.MapGet("", AccountsAsync).WithName("operationsStatements");
        statements.MapGet("/export", AccountsCsvAsync).WithName("operationsStatementsCsv").Produces<string>(StatusCodes.Status200OK, Csv);
        statements.MapGet("/page", AccountsPageAsync).WithName("operationsStatementsPage").Produces<string>(StatusCodes.Status200OK, Html);
        statements.MapGet("/owners", OwnersAsync).WithName("operationsOwnerStatements");
        statements
            .MapGet("/owners/export", OwnersCsvAsync)
            .WithName("operationsOwnerStatementsCsv")
            .Produces<string>(StatusCodes.Status200OK, Csv);
        statements
            .MapGet("/owners/page", OwnersPageAsync)
            .WithName("operationsOwnerStatementsPage")
            .Produces<string>(StatusCodes.Status200OK, Html);
    }

    /// <summary>Get what accounts used in a month, by key and model.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<Ok<AccountStatements>> AccountsAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source
    )
    {
        var pricing = await source.OpenAsync();
        return TypedResults.Ok(await pricing.GetStatementsAsync(source.MonthAsked, filter.Asked, source.Cancelled));
    }

    /// <summary>Get what accounts used in a month, as CSV.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<FileContentHttpResult> AccountsCsvAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source
    ) => WriteAsync(StatementFormat.Csv, filter, source);

    /// <summary>Get what accounts used in a month, as a page to print.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<FileContentHttpResult> AccountsPageAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source
    ) => WriteAsync(StatementFormat.Page, filter, source);

    /// <summary>Get what owners of nodes earned in a month, by node and model.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<Ok<OwnerStatements>> OwnersAsync([AsParameters] OwnerFilter filter, [AsParameters] StatementSource source)
    {
        var pricing = await source.OpenAsync();
        return TypedResults.Ok(await pricing.GetOwnerStatementsAsync(source.MonthAsked, filter.Asked, source.Cancelled));
    }

    /// <summary>Get what owners of nodes earned in a month, as CSV.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<FileContentHttpResult> OwnersCsvAsync([AsParameters] OwnerFilter filter, [AsParameters] StatementSource source) =>
        WriteAsync(StatementFormat.Csv, filter, source);

    /// <summary>Get what owners of nodes earned in a month, as a page to print.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<FileContentHttpResult> OwnersPageAsync([AsParameters] OwnerFilter filter, [AsParameters] StatementSource source) =>
        WriteAsync(StatementFormat.Page, filter, source);

    private static async Task<FileContentHttpResult> WriteAsync(StatementFormat format, AccountFilter filter, StatementSource source)
    {
        var pricing = await source.OpenAsync();
        return Answer(await pricing.ExportStatementsAsync(format, source.MonthAsked, filter.Asked, source.Cancelled), format, "accounts");
    }

    private static async Task<FileContentHttpResult> WriteAsync(StatementFormat format, OwnerFilter filter, StatementSource source)
    {
        var pricing = await source.OpenAsync();
        return Answer(
            await pricing.ExportOwnerStatementsAsync(format, source.MonthAsked, filter.Asked, source.Cancelled),
            format,
            "owners"
        );
    }

    private static FileContentHttpResult Answer(byte[] statement, StatementFormat format, string name) =>
        format == StatementFormat.Csv
            ? TypedResults.File(statement, Csv + "; charset=utf-8", name + ".csv")
            : TypedResults.File(statement, Html + "; charset=utf-8");

    /// <summary>The account.</summary>
    internal sealed class AccountFilter
    {
        [FromQuery(Name = "account"), Description("Only this account.")]
        public string? Account { get; init; }

        internal string? Asked => JsonRoutes.Text(Account);
    }

    /// <summary>The owner.</summary>
    internal sealed class OwnerFilter
    {
        [FromQuery(Name = "owner"), Description("Only this owner.")]
        public string? Owner { get; init; }

        internal string? Asked => JsonRoutes.Text(Owner);
    }

    /// <summary>The month that a statement is about, and where it comes from.</summary>
    internal sealed class StatementSource
    {
        public required HttpContext Http { get; init; }

        [FromServices]
        public required LedgerShipper Shipper { get; init; }

        [FromServices]
        public required OperatorPricing Pricing { get; init; }

        [FromQuery(Name = "month"), Description("The UTC month, such as 2026-01. Default: the current one.")]
        public string? Month { get; init; }

        internal string? MonthAsked => JsonRoutes.Text(Month);

        internal CancellationToken Cancelled => Http.RequestAborted;

        internal async Task<PricingClient> OpenAsync()
        {
            await Shipper.CatchUpAsync(Cancelled);
            return Pricing.Of(Http);
        }
    }
}
