using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Prices;

/// <summary>Where a price in force comes from. The first in this order that exists wins.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<PriceSource>))]
public enum PriceSource
{
    /// <summary>Set by an operator for this node and model.</summary>
    NodeAndModel,

    /// <summary>Set by an operator for every model of this node.</summary>
    Node,

    /// <summary>Announced by the node at registration, or read from <c>aiModels.json</c>.</summary>
    Announced,

    /// <summary>Set by an operator for this model on any node.</summary>
    Model,

    /// <summary>Set by an operator for everything.</summary>
    Default,

    /// <summary>The recommended price of the pipeline.</summary>
    Recommended,
}

/// <summary>Sets a price. Without node and model it becomes the default for everything.</summary>
/// <param name="NodeId">The node it applies to; null: every node.</param>
/// <param name="ModelId">The model it applies to; null: every model.</param>
/// <param name="Price">The price; null withdraws the current one.</param>
/// <param name="Note">Why, for the history.</param>
public sealed record PriceChange(string? NodeId, string? ModelId, Price? Price, string? Note = null);

/// <summary>A price that an operator set.</summary>
/// <param name="Id">Sequence number.</param>
/// <param name="NodeId">The node it applies to; null: every node.</param>
/// <param name="ModelId">The model it applies to; null: every model.</param>
/// <param name="Price">The price; null: withdrawn at <paramref name="From"/>.</param>
/// <param name="From">In effect from.</param>
/// <param name="Until">In effect until; null: still.</param>
/// <param name="ChangedBy">Id of the key that changed it.</param>
/// <param name="Note">Why.</param>
public sealed record PriceHistoryEntry(
    long Id,
    string? NodeId,
    string? ModelId,
    Price? Price,
    DateTimeOffset From,
    DateTimeOffset? Until,
    string? ChangedBy,
    string? Note
);

/// <summary>The price in force for one model of one node.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="ModelId">The model.</param>
/// <param name="Price">The price as stated.</param>
/// <param name="UsdPerPixel">In USD per pixel; null while the exchange rate it needs is missing or stale.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record EffectivePrice(string NodeId, string ModelId, Price Price, decimal? UsdPerPixel, PriceSource Source);

/// <summary>The exchange rate between ether and dollars.</summary>
/// <param name="UsdPerEth">USD for one ether; null: none known.</param>
/// <param name="Source"><c>configuration</c>, or the URL from which it is read; null: none is configured.</param>
/// <param name="AsOf">When it was last read; null for a configured rate.</param>
/// <param name="AgeSeconds">Its age; null for a configured rate.</param>
/// <param name="Stale">Whether it is too old. Prices in wei and eth then have no USD value and are not offered.</param>
public sealed record ExchangeRate(decimal? UsdPerEth, string? Source, DateTimeOffset? AsOf, double? AgeSeconds, bool Stale);

/// <summary>Answer of <c>GET /prices</c>.</summary>
/// <param name="Recommended">The pipeline's recommended price.</param>
/// <param name="Set">Prices that operators have set and that are in effect.</param>
/// <param name="Effective">The price in force for every model of every node.</param>
/// <param name="ExchangeRate">The rate in use.</param>
public sealed record PriceList(
    Price Recommended,
    IReadOnlyList<PriceHistoryEntry> Set,
    IReadOnlyList<EffectivePrice> Effective,
    ExchangeRate ExchangeRate
);

/// <summary>The most that may be paid for a model, from <c>maxPricePerCapability.json</c>.</summary>
/// <param name="ModelId">The model; null (<c>default</c> in the file): every model without its own entry.</param>
/// <param name="Price">The cap as stated.</param>
/// <param name="UsdPerPixel">
/// The cap in USD per pixel; null while the exchange rate it needs is missing or stale: then nothing is within it.
/// </param>
public sealed record PriceCap(string? ModelId, Price Price, decimal? UsdPerPixel);
