using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;
using Spectre.Console;

namespace ImageToText.Standalone.Captions;

/// <summary>One run of 'caption': several pictures at once through one captioner, written in the order given, as they come.</summary>
internal sealed class CaptionRun(Engine engine, Terminal terminal, CaptionSettings settings)
{
    // Enough that the running batch never waits for a picture to be read; few enough that little is held in memory.
    private const int PicturesAtOnce = 16;

    /// <returns>Failure where a picture could not be captioned.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var pictures = PicturePaths.Expand(settings.Paths).ToArray();
        // Where nothing can be read, no model need be loaded to say so.
        if (pictures.All(picture => picture.Error is not null))
        {
            foreach (var picture in pictures)
            {
                terminal.WriteError(picture.Error!);
            }

            return ExitCode.Failure;
        }

        var model = ModelLocator.Find(settings.Model);
        var options = new CaptionerOptions
        {
            ModelId = model.Id,
            Precision = settings.Precision,
            Gray = settings.Gray,
            Provider = settings.Provider,
            QueueCapacity = Math.Max(PicturesAtOnce, new CaptionerOptions().QueueCapacity),
        };
        await using var captioner = await engine.LoadAsync(model.Folder, options, cancellationToken);
        var output = new CaptionOutput(terminal, settings, showPaths: !PicturePaths.IsOne(settings.Paths));
        var limits = options.ImageLimits;
        if (pictures.Length < 2 || terminal.Screen is null)
        {
            return await CaptionAllAsync(captioner, pictures, limits, output, () => { }, cancellationToken);
        }

        return await terminal
            .Screen.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Captioning", maxValue: pictures.Length);
                return await CaptionAllAsync(captioner, pictures, limits, output, () => bar.Increment(1), cancellationToken);
            });
    }

    private async Task<int> CaptionAllAsync(
        ICaptioner captioner,
        PicturePath[] pictures,
        ImageLimits limits,
        CaptionOutput output,
        Action advance,
        CancellationToken cancellationToken
    )
    {
        // What is still running when a run ends early (Ctrl-C, an option out of range) is stopped before the captioner goes.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<(PicturePath Picture, Task<Caption> Caption)>();
        bool failed = false;
        try
        {
            foreach (var picture in pictures)
            {
                if (running.Count == PicturesAtOnce)
                {
                    await WriteNextAsync();
                }

                running.Enqueue((picture, Task.Run(() => CaptionAsync(captioner, picture, limits, stop.Token), stop.Token)));
            }

            while (running.Count > 0)
            {
                await WriteNextAsync();
            }

            return failed ? ExitCode.Failure : ExitCode.Success;
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var (_, caption) in running)
            {
                await caption.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }

        async Task WriteNextAsync()
        {
            var (picture, caption) = running.Peek();
            try
            {
                output.Write(picture.Path, await caption);
            }
            catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
            {
                failed = true;
                terminal.WriteError(picture.Error ?? $"{picture.Path}: {e.Message}");
            }

            running.Dequeue();
            advance();
        }
    }

    private async Task<Caption> CaptionAsync(
        ICaptioner captioner,
        PicturePath picture,
        ImageLimits limits,
        CancellationToken cancellationToken
    )
    {
        if (picture.Error is not null)
        {
            throw new FileNotFoundException(picture.Error);
        }

        await using var stream =
            picture.Path == PicturePaths.Input
                ? terminal.OpenInput()
                : new FileStream(picture.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        // A read of standard input can't be called off: on Ctrl-C it is left behind.
        var bytes = await PictureFile.ReadAsync(stream, limits, cancellationToken).WaitAsync(cancellationToken);
        return await captioner.CaptionAsync(bytes, settings.Options, cancellationToken);
    }
}
