using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>The budget that an account's keys share, as stored. An account without a row has no limit.</summary>
internal sealed class Account
{
    public required string Name { get; set; }

    public string? BudgetJson { get; set; }

    public Budget? Budget => StoredJson.Read(BudgetJson, ContractsJson.Default.Budget);

    /// <summary>The name of the lock for writes to an account's budget.</summary>
    public static string Lock(string name) => $"account:{name}";
}
