using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Contracts.Prices;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Quotes;

/// <summary>Says what a file's requests will cost, from the headers of their pictures and the prices in force.</summary>
internal sealed class JobQuotes(FileShelf shelf, Network network, IOptions<JobOptions> options, IOptions<IntakeOptions> intake)
{
    private const int LinesAtOnce = 1024;

    /// <summary>Makes a quote.</summary>
    /// <param name="file">The file.</param>
    /// <param name="form">How its lines' bodies name things.</param>
    /// <param name="caller">The key that pays.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The quote; null: a model has no price at present.</returns>
    /// <exception cref="RefusalException">402: every request is dearer than its cap.</exception>
    public async Task<JobQuote?> OfAsync(StoredFile file, ChatForm form, KeyGrant caller, CancellationToken cancellationToken)
    {
        var sum = new Sum(network.View, caller, options.Value.PriceFactor, intake.Value.MaxPixels);
        await using var lines = await shelf.OpenAsync(file.FileId, cancellationToken);
        for (int first = 0; first < file.Lines; first += LinesAtOnce)
        {
            foreach (var place in await shelf.PlacesAsync(file.FileId, first, LinesAtOnce, cancellationToken))
            {
                if (place.Fault != LineFault.None)
                {
                    continue;
                }

                byte[] bytes = await place.ReadAsync(lines, cancellationToken);
                if (RequestLine.Read(bytes, out var asked) == LineFault.None)
                {
                    sum.Add(QuotedLine.Read(bytes.AsMemory(asked.Body), form));
                }
            }
        }

        return sum.Quote();
    }

    private sealed class Sum(NetworkView view, KeyGrant caller, decimal priceFactor, long mostPixels)
    {
        private decimal _least;
        private decimal _most;
        private long _pixels;
        private int _pictures;
        private int _bounded;
        private int _affordable;
        private bool _isPriced = true;
        private Refusal? _tooDear;

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
}
