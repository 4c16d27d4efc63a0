using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Accounts;

/// <summary>Sets and shows the budgets that the keys of an account share.</summary>
internal sealed class AccountService(Store store, NetworkChanges changes, BudgetNotices notices, TimeProvider time)
{
    private const int LongestName = 200;

    public Task<IReadOnlyList<AccountInfo>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var keys = await db.Keys.ToListAsync(cancellationToken);
            var names = keys.Select(key => key.Settings.Account)
                .OfType<string>()
                .Union(await db.Accounts.Select(account => account.Name).ToListAsync(cancellationToken), StringComparer.Ordinal);
            List<AccountInfo> infos = [];
            foreach (string name in names.Order(StringComparer.Ordinal))
            {
                infos.Add(await InfoAsync(db, name, cancellationToken));
            }

            return (IReadOnlyList<AccountInfo>)infos;
        });

    public Task<AccountInfo> GetAsync(string name, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var info = await InfoAsync(db, name, cancellationToken);
            return info is { Budget: null, KeyIds: [] } ? throw PricingRefusals.NotFound($"There is no account {name}.") : info;
        });

    public Task<AccountInfo> UpdateAsync(string name, AccountSettings settings, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
        {
            throw PricingRefusals.Invalid($"An account's name must have 1 to {LongestName} characters.");
        }

        KeyRules.Check(settings.Budget, "budget");
        var budget = settings.Budget is { IsLimited: true } limited ? limited : null;
        return changes.WriteAsync(
            [Account.Lock(name)],
            async db =>
            {
                var account = await db.Accounts.FindAsync([name], cancellationToken) ?? db.Accounts.Add(new() { Name = name }).Entity;
                if (account.Budget != budget)
                {
                    account.BudgetJson = StoredJson.Write(budget, ContractsJson.Default.Budget);
                    var today = BudgetAccount.DayOf(time.GetUtcNow());
                    var owner = BudgetOwner.OfAccount(name);
                    notices.Changed(db, await BudgetAccount.OpenAsync(db, owner, budget, today, cancellationToken));
                    // Also those that were lent before the keys' account had a budget.
                    var keys = await AccountKeys.OfAsync(db, name, cancellationToken);
                    await SliceRecalls.RecallAllAsync(db, keys, time.GetUtcNow(), cancellationToken);
                }

                return (await InfoAsync(db, name, cancellationToken), Change.Keys);
            },
            cancellationToken
        );
    }

    private async Task<AccountInfo> InfoAsync(PricingDb db, string name, CancellationToken cancellationToken)
    {
        var budget = (await db.Accounts.FindAsync([name], cancellationToken))?.Budget;
        var today = BudgetAccount.DayOf(time.GetUtcNow());
        var account = await BudgetAccount.OpenAsync(db, BudgetOwner.OfAccount(name), budget, today, cancellationToken);
        return new(name, budget, account.Spend, await AccountKeys.OfAsync(db, name, cancellationToken));
    }
}
