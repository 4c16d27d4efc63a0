using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;

namespace ImageToText.Contracts.Quotes;

/// <summary>
/// Answer of <c>GET /quote?width&amp;height&amp;model_id</c>: what a picture of that size costs at each node, cheapest first.
/// </summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Pixels">Width times height.</param>
/// <param name="ModelId">The model asked for.</param>
/// <param name="Offers">Cheapest first; if costs are equal, warm before on demand.</param>
/// <param name="ExchangeRate">The rate used for prices in wei and eth.</param>
/// <param name="AsOf">When its prices were known to be in force. It lags behind now if the pricing service is away.</param>
public sealed record Quote(
    int Width,
    int Height,
    long Pixels,
    string ModelId,
    IReadOnlyList<Offer> Offers,
    ExchangeRate ExchangeRate,
    DateTimeOffset AsOf
);

/// <summary>One node's offer.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="ModelId">The model.</param>
/// <param name="State">Warm, loading or on demand.</param>
/// <param name="Price">The price as stated.</param>
/// <param name="UsdPerPixel">The price in USD per pixel.</param>
/// <param name="CostUsd">The picture's cost in USD.</param>
/// <param name="WithinCap">Whether it is within the cap given in the request.</param>
/// <param name="Pixels">
/// The pixels that are charged: the picture's own, or those of all views in which the model sees it if they are more.
/// </param>
/// <param name="Factor">
/// What the price is multiplied with, in the cost and against the cap: the number of sequences asked for, unless the catalogue says
/// otherwise.
/// </param>
public sealed record Offer(
    string NodeId,
    string ModelId,
    ModelState State,
    Price Price,
    decimal UsdPerPixel,
    decimal CostUsd,
    bool WithinCap,
    long Pixels,
    decimal Factor = 1
);
