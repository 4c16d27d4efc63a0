using System.CommandLine;
using System.CommandLine.Parsing;
using ImageToText.Contracts.Accounts;

namespace ImageToText.Standalone.Operators;

/// <summary><c>--model-budget ID=USD/month</c>: what a key may spend on a model.</summary>
internal sealed class ModelBudgetOption
{
    private const string Name = "--model-budget";

    private readonly Option<ModelLimit[]> _option = new(Name)
    {
        Description =
            "What it may spend on a model, in USD: ID=AMOUNT/day, ID=AMOUNT/month or ID=AMOUNT (in all); ID=none removes the model's "
            + "limits. May be repeated.",
        HelpName = "ID=USD",
        CustomParser = static result => [.. result.Tokens.Select(token => Read(token.Value, result)).OfType<ModelLimit>()],
    };

    public void AddTo(Command command) => command.Options.Add(_option);

    /// <summary>Returns the models' budgets with the given ones applied; null: none are left.</summary>
    public IReadOnlyDictionary<string, Budget>? Apply(IReadOnlyDictionary<string, Budget>? before, ParseResult parsed)
    {
        var budgets = new Dictionary<string, Budget>(before ?? new Dictionary<string, Budget>(), StringComparer.Ordinal);
        foreach (var limit in parsed.GetValue(_option) ?? [])
        {
            if (limit.Usd is not { } usd)
            {
                budgets.Remove(limit.ModelId);
                continue;
            }

            var budget = budgets.GetValueOrDefault(limit.ModelId) ?? new();
            budgets[limit.ModelId] = limit.Period switch
            {
                "day" => budget with { PerDay = usd },
                "month" => budget with { PerMonth = usd },
                _ => budget with { Total = usd },
            };
        }

        return budgets.Count > 0 ? budgets : null;
    }

    private static ModelLimit? Read(string text, ArgumentResult result)
    {
        int end = text.LastIndexOf('=');
        string[] parts = text[(end + 1)..].Split('/');
        if (end > 0 && parts is ["none"])
        {
            return new(text[..end], null, null);
        }

        if (end > 0 && parts is [_] or [_, "day" or "month"] && Values.Amount(parts[0]) is { } usd)
        {
            return new(text[..end], usd, parts.Length == 2 ? parts[1] : null);
        }

        result.AddError($"{Name} is '{text}': give a model's id and an amount, such as starter=5/month, or starter=none.");
        return null;
    }

    private sealed record ModelLimit(string ModelId, decimal? Usd, string? Period);
}
