namespace ImageToText.Contracts.Prices;

/// <summary>A price per pixel as an operator states it: <c>price_per_unit / pixels_per_unit</c> in a currency.</summary>
/// <param name="PricePerUnit">Price of one unit, zero or more.</param>
/// <param name="PixelsPerUnit">Input pixels in one unit, more than zero.</param>
/// <param name="Currency">The currency of <paramref name="PricePerUnit"/>.</param>
public sealed record Price(decimal PricePerUnit, decimal PixelsPerUnit = 1m, Currency Currency = Currency.Usd)
{
    /// <summary>The documented price of the image-to-text pipeline: 2.5e-10 USD per input pixel.</summary>
    public static Price Recommended { get; } = new(0.00000000025m);

    /// <summary>This price in USD per input pixel.</summary>
    /// <param name="usdPerEth">Exchange rate in USD per ether; needed unless the price is in USD.</param>
    /// <returns>USD per pixel, or null if the price is in wei or eth and no rate is known.</returns>
    public decimal? UsdPerPixel(decimal? usdPerEth) =>
        Currency switch
        {
            Currency.Usd => PricePerUnit / PixelsPerUnit,
            Currency.Eth => PricePerUnit * usdPerEth / PixelsPerUnit,
            // The rate comes first: dividing wei by 1e18 first would lose the last digits of a small price.
            Currency.Wei => PricePerUnit * usdPerEth / PixelsPerUnit / 1_000_000_000_000_000_000m,
            _ => null,
        };
}
