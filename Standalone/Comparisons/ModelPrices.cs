using ImageToText.Contracts.Prices;

namespace ImageToText.Standalone.Comparisons;

/// <summary>What a model's captions cost.</summary>
/// <param name="UsdPerPixel">USD per pixel of the picture.</param>
/// <param name="Source">Whose price it is, for people to read.</param>
internal sealed record ModelPrice(decimal UsdPerPixel, string Source);

/// <summary>The prices in force at a service; without a service, the recommended price.</summary>
/// <param name="prices">What the service answered; null: none was asked.</param>
/// <param name="service">The service's address.</param>
internal sealed class ModelPrices(PriceList? prices, Uri? service)
{
    public static ModelPrices Recommended { get; } = new(null, null);

    /// <summary>
    /// The cheapest price in force for a model if a node offers it, else the one that an operator has set for it.
    /// </summary>
    public ModelPrice Of(string model)
    {
        decimal? offered = prices?.Effective.Where(price => price.ModelId == model).Select(static price => price.UsdPerPixel).Min();
        return (offered ?? SetFor(model) ?? SetFor(null)) is { } price
            ? new ModelPrice(price, $"in force at {service}")
            : new ModelPrice(Price.Recommended.UsdPerPixel(null)!.Value, "recommended");
    }

    private decimal? SetFor(string? model) =>
        prices
            ?.Set.FirstOrDefault(set => set.NodeId is null && set.ModelId == model)
            ?.Price?.UsdPerPixel(prices.ExchangeRate is { Stale: false } rate ? rate.UsdPerEth : null);
}
