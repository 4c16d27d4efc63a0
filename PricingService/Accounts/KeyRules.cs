using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Errors;

namespace ImageToText.PricingService.Accounts;

/// <summary>The rules for a key's settings.</summary>
internal static class KeyRules
{
    private const decimal MostUsd = 1_000_000_000m;
    private const int LongestName = 200;

    /// <summary>The settings with their defaults filled in.</summary>
    /// <exception cref="PricingRefusalException">Something is out of bounds; the message names the field.</exception>
    public static KeySettings Check(KeySettings settings)
    {
        if (string.IsNullOrWhiteSpace(settings.Name) || settings.Name.Length > LongestName)
        {
            throw PricingRefusals.Invalid($"name must have 1 to {LongestName} characters.");
        }

        if (settings.Account?.Length > LongestName)
        {
            throw PricingRefusals.Invalid($"account must have at most {LongestName} characters.");
        }

        if (settings.Scopes is { Count: 0 })
        {
            throw PricingRefusals.Invalid("scopes must name at least one of caption, operate; left out, it is caption.");
        }

        if (settings.RateLimit is { } rate)
        {
            if (rate.RequestsPerMinute < 1)
            {
                throw PricingRefusals.Invalid($"rate_limit.requests_per_minute must be at least 1, not {rate.RequestsPerMinute}.");
            }

            if (rate.Burst < 1)
            {
                throw PricingRefusals.Invalid($"rate_limit.burst must be at least 1, not {rate.Burst}.");
            }
        }

        Check(settings.Budget, "budget");
        foreach (var (modelId, budget) in settings.ModelBudgets ?? new Dictionary<string, Budget>())
        {
            if (string.IsNullOrWhiteSpace(modelId) || modelId.Length > LongestName)
            {
                throw PricingRefusals.Invalid($"model_budgets must be named by model ids of 1 to {LongestName} characters.");
            }

            if (!budget.IsLimited)
            {
                throw PricingRefusals.Invalid(
                    $"model_budgets.{modelId} has no limit: give per_day, per_month or total, or leave the model out."
                );
            }

            Check(budget, $"model_budgets.{modelId}");
        }

        if (settings.MaxUsdPerPixel < 0)
        {
            throw PricingRefusals.Invalid("max_usd_per_pixel must not be negative.");
        }

        return settings.AllowedModels?.Any(string.IsNullOrWhiteSpace) == true
            ? throw PricingRefusals.Invalid("allowed_models must hold model ids; left out, all models are allowed.")
            : settings with
            {
                Scopes = settings.Scopes is null ? [KeyScope.Caption] : [.. settings.Scopes.Distinct()],
                Account = string.IsNullOrEmpty(settings.Account) ? null : settings.Account,
                ModelBudgets = settings.ModelBudgets is { Count: > 0 } ? settings.ModelBudgets : null,
            };
    }

    /// <summary>Checks a budget's limits.</summary>
    /// <exception cref="PricingRefusalException">One is out of bounds; the message names the field.</exception>
    public static void Check(Budget? budget, string field)
    {
        CheckUsd(budget?.PerDay, $"{field}.per_day");
        CheckUsd(budget?.PerMonth, $"{field}.per_month");
        CheckUsd(budget?.Total, $"{field}.total");
    }

    private static void CheckUsd(decimal? amount, string field)
    {
        if (amount is < 0 or > MostUsd)
        {
            throw PricingRefusals.Invalid($"{field} must be from 0 to {MostUsd} USD, not {amount}.");
        }

        if (amount is { } exact && decimal.Round(exact, Cost.Scale) != exact)
        {
            throw PricingRefusals.Invalid($"{field} must have at most {Cost.Scale} decimal places.");
        }
    }
}
