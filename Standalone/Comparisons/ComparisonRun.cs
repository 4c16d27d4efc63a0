using System.Diagnostics;
using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Contracts.Prices;
using ImageToText.InferenceService.Models;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;
using Spectre.Console;

namespace ImageToText.Standalone.Comparisons;

/// <summary>
/// One run of 'models compare'. Every model captions every picture, one after the other, so that each caption's time is its own.
/// The page is written at the end, completely or not at all.
/// </summary>
internal sealed class ComparisonRun(Engine engine, Terminal terminal, ComparisonSettings settings, ModelPrices prices)
{
    private bool _faults;

    /// <returns>Failure if a picture could not be captioned.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var page = new ComparisonPage(settings.Output);
        var located = settings.Models.Select(Locate).ToArray();
        var pictures = await FindPicturesAsync(cancellationToken);
        var models = new List<ComparedModel>();
        foreach (var model in located)
        {
            models.Add(await CaptionAllAsync(model, pictures, cancellationToken));
        }

        var comparison = new Comparison(pictures, models);
        if (comparison.Unreadable == pictures.Length)
        {
            throw new CommandException("None of the pictures can be read: no page was written.");
        }

        await page.WriteAsync(comparison, cancellationToken);
        ComparisonSummary.Write(comparison, settings.Json, terminal);
        string unreadable =
            comparison.Unreadable > 0 ? string.Create(CultureInfo.InvariantCulture, $", {comparison.Unreadable} of them unreadable") : "";
        terminal.WriteError(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{settings.Output}: {pictures.Length} pictures{unreadable}, {models.Count} models."
            )
        );
        return _faults ? ExitCode.Failure : ExitCode.Success;
    }

    // A model that can't run is refused before any other model has worked in vain.
    private static LocatedModel Locate(string model)
    {
        var located = ModelLocator.Find(model);
        // An adapter has no config.json of its own, so loading it tells.
        return File.Exists(Path.Combine(located.Folder, "config.json")) && ModelVerdict.Of(located.Folder) is { IsSupported: false } verdict
            ? throw new CommandException($"{model} can't be run: {verdict.Reason} The nearest that can: {verdict.Nearest}")
            : located;
    }

    private async Task<ComparedPicture[]> FindPicturesAsync(CancellationToken cancellationToken)
    {
        if (settings.Pictures == PicturePaths.Input)
        {
            throw new CommandException("Pictures for a comparison must come from a folder, not from standard input.", ExitCode.Usage);
        }

        var pictures = new List<ComparedPicture>();
        foreach (var found in PicturePaths.Expand([settings.Pictures]))
        {
            var picture = new ComparedPicture(found.Path) { Error = found.Error };
            pictures.Add(picture);
            if (found.Error is { } error)
            {
                Report(error);
                continue;
            }

            try
            {
                picture.References = await ReferenceTexts.ReadAsync(found.Path, cancellationToken);
            }
            catch (Exception e) when (e is CommandException or IOException or UnauthorizedAccessException)
            {
                Report(e.Message);
            }
        }

        // No model needs to be loaded to find that out.
        return pictures.Exists(static picture => picture.Error is null)
            ? [.. pictures]
            : throw new CommandException("There is no picture to caption: no page was written.");
    }

    private async Task<ComparedModel> CaptionAllAsync(LocatedModel located, ComparedPicture[] pictures, CancellationToken cancellationToken)
    {
        var options = new CaptionerOptions
        {
            ModelId = located.Id,
            Precision = settings.Precision,
            Provider = settings.Provider,
            // Two copies of a picture take as long as two pictures.
            EmbeddingBytes = 0,
        };
        long start = Stopwatch.GetTimestamp();
        await using var captioner = await engine.LoadAsync(located.Folder, options, cancellationToken);
        var loadTime = Stopwatch.GetElapsedTime(start);
        var price = prices.Of(located.Id);
        var tiles = captioner.Model.Tiles is { } cut ? new Contracts.Prices.PictureTiles(cut.Side, cut.LongestEdge) : null;
        var captions = new Dictionary<ComparedPicture, ComparedCaption>();
        await ForEachAsync(
            located.Id,
            pictures,
            async picture =>
            {
                if (
                    await CaptionAsync(captioner, picture, options.ImageLimits, isFirst: captions.Count == 0, cancellationToken)
                    is not { } caption
                )
                {
                    return;
                }

                picture.Info = caption.Image;
                captions[picture] = new ComparedCaption(
                    caption.Text,
                    caption.Timings.Decode + caption.Timings.Preprocess + caption.Timings.Encode + caption.Timings.Generate,
                    Cost.Of(Cost.PixelsOf(caption.Image.Width, caption.Image.Height, tiles), price.UsdPerPixel)
                );
            }
        );
        return new ComparedModel
        {
            Located = located,
            Loaded = captioner.Model,
            LoadTime = loadTime,
            Price = price,
            Captions = captions,
        };
    }

    private async Task ForEachAsync(string model, ComparedPicture[] pictures, Func<ComparedPicture, Task> caption)
    {
        if (terminal.Screen is not { } screen)
        {
            foreach (var picture in pictures)
            {
                await caption(picture);
            }

            return;
        }

        await screen
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask(Markup.Escape(model), maxValue: pictures.Length);
                foreach (var picture in pictures)
                {
                    await caption(picture);
                    bar.Increment(1);
                }
            });
    }

    private async Task<Caption?> CaptionAsync(
        ICaptioner captioner,
        ComparedPicture picture,
        ImageLimits limits,
        bool isFirst,
        CancellationToken cancellationToken
    )
    {
        if (picture.Error is not null)
        {
            return null;
        }

        try
        {
            await using var stream = File.OpenRead(picture.Path);
            var bytes = await PictureFileReader.ReadAsync(stream, limits, cancellationToken);
            var caption = await captioner.CaptionAsync(bytes, settings.Options, cancellationToken);
            // A model's first caption also includes the runtime's setup, which no later one does.
            return isFirst ? await captioner.CaptionAsync(bytes, settings.Options, cancellationToken) : caption;
        }
        catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
        {
            picture.Error = $"{picture.Path}: {e.Message}";
            Report(picture.Error);
            return null;
        }
    }

    private void Report(string fault)
    {
        _faults = true;
        terminal.WriteError(fault);
    }
}
