namespace ImageToText.Contracts.Accounts;

/// <summary>Body of <c>PUT /accounts/{account}</c>.</summary>
/// <param name="Budget">Money that all keys of the account may spend together; null: no limit.</param>
public sealed record AccountSettings(Budget? Budget = null);

/// <summary>An account: keys that spend from one budget.</summary>
/// <param name="Account">Its name, as in the settings of its keys.</param>
/// <param name="Budget">Money that its keys may spend together; null: no limit.</param>
/// <param name="Spend">What they have spent and may still spend.</param>
/// <param name="KeyIds">Its keys, revoked ones too.</param>
public sealed record AccountInfo(string Account, Budget? Budget, KeySpend Spend, IReadOnlyList<string> KeyIds);
