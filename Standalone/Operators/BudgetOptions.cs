using System.CommandLine;
using ImageToText.Contracts.Accounts;

namespace ImageToText.Standalone.Operators;

/// <summary>The options that say how much may be spent in a day, in a month and in all.</summary>
internal sealed class BudgetOptions
{
    private readonly Option<Given<decimal>?> _perDay = Limit("--budget-day", "in one UTC day");
    private readonly Option<Given<decimal>?> _perMonth = Limit("--budget-month", "in one UTC month");
    private readonly Option<Given<decimal>?> _total = Limit("--budget-total", "in all");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_perDay, _perMonth, _total])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Returns the budget with the given options applied; null: no limit is left.</summary>
    public Budget? Apply(Budget? before, ParseResult parsed)
    {
        var budget = new Budget(Pick(_perDay, before?.PerDay), Pick(_perMonth, before?.PerMonth), Pick(_total, before?.Total));
        return budget.IsLimited ? budget : null;

        decimal? Pick(Option<Given<decimal>?> option, decimal? limit) => parsed.GetValue(option) is { } given ? given.Value : limit;
    }

    private static Option<Given<decimal>?> Limit(string name, string period) =>
        Values.Limit<decimal>(name, "USD", $"What may be spent {period}, in USD.", Values.Amount, "an amount such as 12.50");
}
