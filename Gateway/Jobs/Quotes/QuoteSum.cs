using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Contracts.Prices;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Jobs.Quotes;

/// <summary>Adds up what requests will cost, by the prices in force.</summary>
/// <param name="view">The network.</param>
/// <param name="caller">The key that pays.</param>
/// <param name="priceFactor">The factor for the prices of items.</param>
/// <param name="mostPixels">The largest picture that is taken.</param>
internal sealed class QuoteSum(NetworkView view, KeyGrant caller, decimal priceFactor, long mostPixels)
{
    private decimal _least;
    private decimal _most;
    private long _pixels;
    private int _pictures;
    private int _bounded;
    private int _affordable;
    private bool _isPriced = true;
    private Refusal? _tooDear;

    /// <summary>Adds a request; null: one that costs nothing.</summary>
    public void Add(QuotedLine? line)
    {
        string? model = line?.Model ?? view.DefaultModelId;
        if (line is null || model is null || caller.AllowedModels?.Contains(model, StringComparer.Ordinal) == false)
        {
            return;
        }

        _pictures++;
        _bounded += line.Size is null ? 1 : 0;
        _pixels += line.Size?.Pixels ?? 0;
        var offers = view.OffersOf(model);
        // A model that nobody knows is no question of price: its items fail.
        _isPriced &= offers.Count > 0 || !view.Knows(model);
        if (offers.Count == 0)
        {
            return;
        }

        decimal? cap = ModelAndCapStep.Least(ModelAndCapStep.Least(line.Cap, caller.MaxUsdPerPixel), view.CapOf(model));
        decimal[] within = offers.Where(offer => !(PriceOf(offer, line) > cap)).Select(offer => CostOf(offer, line)).ToArray();
        if (within.Length == 0)
        {
            _tooDear ??= Refusals.OverCap(cap.GetValueOrDefault(), offers.Min(offer => PriceOf(offer, line)));
            return;
        }

        _affordable++;
        _most += within.Max();
        _least += line.Size is null ? 0 : within.Min();
    }

    /// <summary>The sum; null: a model has no price at present.</summary>
    /// <exception cref="RefusalException">402: every request is dearer than its cap.</exception>
    public JobQuote? Quote() =>
        _tooDear is { } refusal && _affordable == 0 && _isPriced ? throw new RefusalException(refusal)
        : _isPriced ? new JobQuote(_least, _most, _pixels, _pictures, _bounded)
        : null;

    private static decimal PriceOf(NodeOffer offer, QuotedLine line) => offer.PricePerPixel * offer.FactorOf(line.Sequences);

    private decimal CostOf(NodeOffer offer, QuotedLine line) =>
        Cost.Of(
            line.Size is { } size ? Cost.PixelsOf(size.Width, size.Height, offer.Tiles) : mostPixels,
            PriceOf(offer, line) * priceFactor
        );
}
