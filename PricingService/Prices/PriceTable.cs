using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Storage.Rows;

namespace ImageToText.PricingService.Prices;

/// <summary>The prices in force at one moment: decides which of all stated prices applies to a model of a node.</summary>
/// <param name="set">Prices set by operators that are in effect.</param>
/// <param name="filed">Prices of models in the operator's file.</param>
/// <param name="rate">The exchange rate.</param>
internal sealed class PriceTable(IReadOnlyList<SetPrice> set, IReadOnlyDictionary<string, Price> filed, ExchangeRate rate)
{
    private readonly Dictionary<(string? NodeId, string? ModelId), Price> _set = set.Where(price => price.Price is not null)
        .ToDictionary(price => (price.NodeId, price.ModelId), price => price.Price!);

    /// <summary>The exchange rate.</summary>
    public ExchangeRate Rate { get; } = rate;

    /// <summary>The price in force for a model of a node.</summary>
    public EffectivePrice Of(string nodeId, NodeModel model)
    {
        var (price, source) =
            _set.TryGetValue((nodeId, model.ModelId), out var exact) ? (exact, PriceSource.NodeAndModel)
            : _set.TryGetValue((nodeId, null), out var ofNode) ? (ofNode, PriceSource.Node)
            : model.Price is { } announced ? (announced, PriceSource.Announced)
            : _set.TryGetValue((null, model.ModelId), out var ofModel) ? (ofModel, PriceSource.Model)
            : filed.TryGetValue(model.ModelId, out var inFile) ? (inFile, PriceSource.Model)
            : _set.TryGetValue((null, null), out var ofAll) ? (ofAll, PriceSource.Default)
            : (Price.Recommended, PriceSource.Recommended);
        return new(nodeId, model.ModelId, price, UsdPerPixel(price), source);
    }

    /// <summary>A price in USD per pixel; null while the rate it needs is missing or stale.</summary>
    public decimal? UsdPerPixel(Price price) =>
        price.UsdPerPixel(Rate.Stale ? null : Rate.UsdPerEth) is { } usd ? Cost.WithoutTrailingZeros(usd) : null;
}
