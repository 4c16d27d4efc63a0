namespace ImageToText.Contracts.Budgets;

/// <summary>Body of the webhook about a budget of which a share is spent.</summary>
/// <param name="Id">The notice's id: the same however often it is sent.</param>
/// <param name="Type"><c>budget.threshold</c>.</param>
/// <param name="At">When the share was reached.</param>
/// <param name="Percent">80 or 100; 100 also if what is left no longer covers a caption that was asked for.</param>
/// <param name="Scope">Whose budget: <c>key</c>, <c>model</c> or <c>account</c>.</param>
/// <param name="KeyId">The key; null: the budget is an account's.</param>
/// <param name="ModelId">The model, if the budget is for one.</param>
/// <param name="Account">The account, if the budget is its own.</param>
/// <param name="Limit">Which limit: <c>day</c>, <c>month</c> or <c>total</c>.</param>
/// <param name="Period">The day or month, such as <c>2026-11-30</c> or <c>2026-11</c>, or <c>total</c>; UTC.</param>
/// <param name="LimitUsd">The limit.</param>
/// <param name="ChargedUsd">What is charged so far.</param>
public sealed record BudgetNotice(
    string Id,
    string Type,
    DateTimeOffset At,
    int Percent,
    string Scope,
    string? KeyId,
    string? ModelId,
    string? Account,
    string Limit,
    string Period,
    decimal LimitUsd,
    decimal ChargedUsd
);
