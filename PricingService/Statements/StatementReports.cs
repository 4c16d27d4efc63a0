using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Statements;

/// <summary>
/// Sums up a month for the accounts that pay and the owners who are paid. The sums are added one by one as decimals, so they are
/// exact.
/// </summary>
internal sealed class StatementReports(Store store, IOptions<StatementOptions> options)
{
    private static readonly UsageSum Nothing = new(0, 0, 0, 0, 0, 0);

    /// <summary>What accounts used.</summary>
    /// <param name="month">The month.</param>
    /// <param name="only">Only this account; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<AccountStatements> AccountsAsync(StatementMonth month, string? only, CancellationToken cancellationToken) =>
        store.ReadSnapshotAsync(
            async db =>
            {
                var keys = (await db.Keys.ToListAsync(cancellationToken)).ToDictionary(
                    static key => key.KeyId,
                    static key => key.Settings,
                    StringComparer.Ordinal
                );
                Dictionary<(string KeyId, string ModelId), UsageSum> lines = [];
                await foreach (var sums in Sums(db, month).AsAsyncEnumerable().WithCancellation(cancellationToken))
                {
                    var line = (sums.KeyId, sums.ModelId);
                    lines[line] = lines.GetValueOrDefault(line, Nothing).Plus(sums.Sum);
                }

                var accounts = lines
                    .GroupBy(line => keys.GetValueOrDefault(line.Key.KeyId)?.Account)
                    .Where(account => only is null || account.Key == only)
                    .OrderBy(static account => account.Key, StringComparer.Ordinal)
                    .Select(account => Statement(account.Key, account, keys))
                    .ToList();
                return new AccountStatements(
                    month.ToString(),
                    accounts,
                    accounts.Aggregate(Nothing, static (sum, account) => sum.Plus(account.Total))
                );
            },
            cancellationToken
        );

    /// <summary>What owners of nodes earned.</summary>
    /// <param name="month">The month.</param>
    /// <param name="only">Only this owner; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<OwnerStatements> OwnersAsync(StatementMonth month, string? only, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            Dictionary<(string NodeId, string ModelId), EarningsLine> earned = [];
            await foreach (
                var sums in Sums(db, month).Where(sums => sums.NodeId != "").AsAsyncEnumerable().WithCancellation(cancellationToken)
            )
            {
                var line = (sums.NodeId, sums.ModelId);
                var before = earned.GetValueOrDefault(line) ?? new(sums.NodeId, sums.ModelId, 0, 0, 0);
                earned[line] = before with
                {
                    Captions = before.Captions + sums.Captions,
                    Pixels = before.Pixels + sums.Pixels,
                    EarnedUsd = before.EarnedUsd + sums.ChargedUsd,
                };
            }

            var owners = earned
                .Values.GroupBy(line => options.Value.NodeOwners.GetValueOrDefault(line.NodeId))
                .Where(owner => only is null || owner.Key == only)
                .OrderBy(static owner => owner.Key, StringComparer.Ordinal)
                .Select(static owner => new OwnerStatement(
                    owner.Key,
                    [
                        .. owner
                            .OrderBy(static line => line.NodeId, StringComparer.Ordinal)
                            .ThenBy(static line => line.ModelId, StringComparer.Ordinal),
                    ],
                    owner.Sum(static line => line.EarnedUsd)
                ))
                .ToList();
            return new OwnerStatements(month.ToString(), owners, owners.Sum(static owner => owner.TotalUsd));
        });

    private static AccountStatement Statement(
        string? account,
        IEnumerable<KeyValuePair<(string KeyId, string ModelId), UsageSum>> sums,
        Dictionary<string, KeySettings> keys
    )
    {
        var lines = sums.Select(line => new StatementLine(
                line.Key.KeyId,
                keys.GetValueOrDefault(line.Key.KeyId)?.Name,
                line.Key.ModelId,
                line.Value
            ))
            .OrderBy(static line => line.KeyId, StringComparer.Ordinal)
            .ThenBy(static line => line.ModelId, StringComparer.Ordinal)
            .ToList();
        return new(account, lines, lines.Aggregate(Nothing, static (sum, line) => sum.Plus(line.Sum)));
    }

    private static IQueryable<UsageMonth> Sums(PricingDb db, StatementMonth month)
    {
        var first = month.First;
        return db.UsageMonths.Where(sums => sums.Month == first);
    }
}
