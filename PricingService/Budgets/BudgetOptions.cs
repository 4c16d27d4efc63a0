using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Budgets;

/// <summary>How budgets are lent to gateways: <c>Pricing:Budgets</c>.</summary>
internal sealed class BudgetOptions
{
    public const string Section = "Pricing:Budgets";

    /// <summary>
    /// A gateway must renew a slice within this time, and does so every few seconds. It can do without the pricing service for
    /// nearly as long. What a gateway held when it died for good is out of reach for as long, too; a gateway that comes back
    /// returns it at once.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long the rest of a slice is kept after its lease, for captions delivered before the end that are still on their way to
    /// the ledger.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a slice request may wait for recalled slices.</summary>
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(30);

    internal sealed class Validation : IValidateOptions<BudgetOptions>
    {
        public ValidateOptionsResult Validate(string? name, BudgetOptions options)
        {
            List<string> wrong = [];
            if (options.Lease < TimeSpan.FromSeconds(1))
            {
                wrong.Add($"{Section}:Lease is {options.Lease}: give a second or more, such as 00:10:00.");
            }

            if (options.Grace < TimeSpan.Zero)
            {
                wrong.Add($"{Section}:Grace is {options.Grace}: give a time span of zero or more, such as 00:00:30.");
            }

            if (options.LongestWait < TimeSpan.Zero || options.LongestWait > TimeSpan.FromMinutes(1))
            {
                wrong.Add($"{Section}:LongestWait is {options.LongestWait}: give a time span from zero to a minute, such as 00:00:30.");
            }

            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}
