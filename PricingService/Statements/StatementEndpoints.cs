using System.ComponentModel;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Statements;

/// <summary>The routes of monthly statements.</summary>
internal static class StatementEndpoints
{
    private const string NoMonth = "The month can't be read.";
    private const string Csv = "text/csv";
    private const string Html = "text/html";

    public static void MapStatements(this IEndpointRouteBuilder routes)
    {
        var statements = routes.MapGroup("/statements").WithTags("Statements").RequireCaller(Callers.Operators);
        statements.MapGet("", AccountsAsync);
        statements.MapGet("/export", AccountsCsvAsync).Produces<string>(StatusCodes.Status200OK, Csv);
        statements.MapGet("/page", AccountsPageAsync).Produces<string>(StatusCodes.Status200OK, Html);
        statements.MapGet("/owners", OwnersAsync);
        statements.MapGet("/owners/export", OwnersCsvAsync).Produces<string>(StatusCodes.Status200OK, Csv);
        statements.MapGet("/owners/page", OwnersPageAsync).Produces<string>(StatusCodes.Status200OK, Html);
    }

    /// <summary>Get what accounts used in a month, by key and model.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<AccountStatements> AccountsAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => source.ReadAsync(filter, cancellationToken);

    /// <summary>Get what accounts used in a month, as CSV.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<FileContentHttpResult> AccountsCsvAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => await CsvAsync(StatementDocument.Of(await source.ReadAsync(filter, cancellationToken)), cancellationToken);

    /// <summary>Get what accounts used in a month, as a page to print.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<FileContentHttpResult> AccountsPageAsync(
        [AsParameters] AccountFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => Page(StatementDocument.Of(await source.ReadAsync(filter, cancellationToken)));

    /// <summary>Get what owners of nodes earned in a month, by node and model.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static Task<OwnerStatements> OwnersAsync(
        [AsParameters] OwnerFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => source.ReadAsync(filter, cancellationToken);

    /// <summary>Get what owners of nodes earned in a month, as CSV.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<FileContentHttpResult> OwnersCsvAsync(
        [AsParameters] OwnerFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => await CsvAsync(StatementDocument.Of(await source.ReadAsync(filter, cancellationToken)), cancellationToken);

    /// <summary>Get what owners of nodes earned in a month, as a page to print.</summary>
    [Refuses(StatusCodes.Status400BadRequest, NoMonth)]
    internal static async Task<FileContentHttpResult> OwnersPageAsync(
        [AsParameters] OwnerFilter filter,
        [AsParameters] StatementSource source,
        CancellationToken cancellationToken
    ) => Page(StatementDocument.Of(await source.ReadAsync(filter, cancellationToken)));

    private static async Task<FileContentHttpResult> CsvAsync(StatementDocument statement, CancellationToken cancellationToken) =>
        TypedResults.File(
            await StatementCsv.WriteAsync(statement, cancellationToken),
            Csv + "; charset=utf-8",
            $"{statement.PartName}s-{statement.Month}.csv"
        );

    private static FileContentHttpResult Page(StatementDocument statement) =>
        TypedResults.File(StatementPage.Write(statement), Html + "; charset=utf-8");

    /// <summary>The account.</summary>
    internal sealed class AccountFilter
    {
        [FromQuery(Name = "account"), Description("Only this account.")]
        public string? Account { get; init; }
    }

    /// <summary>The owner.</summary>
    internal sealed class OwnerFilter
    {
        [FromQuery(Name = "owner"), Description("Only this owner.")]
        public string? Owner { get; init; }
    }

    /// <summary>The month that a statement is about, and where it comes from.</summary>
    internal sealed class StatementSource
    {
        [FromServices]
        public required StatementReports Reports { get; init; }

        [FromServices]
        public required TimeProvider Time { get; init; }

        [FromQuery(Name = "month"), Description("The UTC month, such as 2026-01. Default: the current one.")]
        public string? Month { get; init; }

        public Task<AccountStatements> ReadAsync(AccountFilter filter, CancellationToken cancellationToken) =>
            Reports.AccountsAsync(
                StatementMonth.Parse(Month, Time),
                filter.Account is { Length: > 0 } account ? account : null,
                cancellationToken
            );

        public Task<OwnerStatements> ReadAsync(OwnerFilter filter, CancellationToken cancellationToken) =>
            Reports.OwnersAsync(StatementMonth.Parse(Month, Time), filter.Owner is { Length: > 0 } owner ? owner : null, cancellationToken);
    }
}
