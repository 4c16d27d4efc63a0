using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.PricingService.Budgets;

/// <summary>How budgets are lent to gateways: <c>Pricing:Budgets</c>.</summary>
internal sealed class BudgetLeaseOptions
{
    public const string Section = "Pricing:Budgets";

    /// <summary>
    /// A gateway must renew a slice within this time, and does so every few seconds. It can do without the pricing service for
    /// nearly as long. What a gateway held when it died for good is out of reach for as long, too; a gateway that comes back
    /// returns it at once.
    /// </summary>
    [AtLeast("00:00:01", ErrorMessage = "give a second or more, such as 00:10:00.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long the rest of a slice is kept after its lease, for captions delivered before the end that are still on their way to
    /// the ledger.
    /// </summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:00:30.")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a slice request may wait for recalled slices.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = "give a time span from zero to a minute, such as 00:00:30.")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(30);
}
