using System.Globalization;
using ImageToText.PricingService.Errors;

namespace ImageToText.PricingService.Statements;

/// <summary>The UTC month of a statement.</summary>
/// <param name="First">Its first day.</param>
internal readonly record struct StatementMonth(DateOnly First)
{
    private const string Format = "yyyy-MM";

    /// <summary>Reads a month; without one, it is the current month.</summary>
    /// <exception cref="PricingRefusalException">400: it is not a month.</exception>
    public static StatementMonth Parse(string? text, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
            return new(new(today.Year, today.Month, 1));
        }

        return DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var first)
            ? new(first)
            : throw PricingRefusals.Invalid($"month must be a month such as 2026-01, not {text}.");
    }

    /// <inheritdoc/>
    public override string ToString() => First.ToString(Format, CultureInfo.InvariantCulture);
}
