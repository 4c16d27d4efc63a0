using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Errors;

namespace ImageToText.PricingService.Prices;

/// <summary>The range of acceptable prices. Outside it a unit was mistaken, and sums could exceed 28 digits.</summary>
internal static class PriceLimits
{
    private const decimal DearestEther = 1_000_000m;
    private const decimal MostUsdPerPixel = 1_000m;
    private const decimal LeastPixels = 0.000001m;
    private const decimal Most = 1_000_000_000_000_000_000_000m;

    /// <summary>Refuses a price that is out of bounds.</summary>
    /// <exception cref="PricingRefusalException">It is; the message names what and <paramref name="of"/>.</exception>
    public static void Check(Price price, string of)
    {
        if (price.PricePerUnit is < 0 or > Most)
        {
            throw PricingRefusals.Invalid($"price_per_unit of {of} must be from 0 to {Most}, not {price.PricePerUnit}.");
        }

        if (price.PixelsPerUnit is < LeastPixels or > Most)
        {
            throw PricingRefusals.Invalid($"pixels_per_unit of {of} must be from {LeastPixels} to {Most}, not {price.PixelsPerUnit}.");
        }

        decimal? usd;
        try
        {
            usd = price.UsdPerPixel(DearestEther);
        }
        catch (OverflowException)
        {
            usd = decimal.MaxValue;
        }

        if (usd > MostUsdPerPixel)
        {
            throw PricingRefusals.Invalid($"The price of {of} is beyond {MostUsdPerPixel} USD per pixel: is its currency right?");
        }
    }
}
