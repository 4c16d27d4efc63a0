using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Standalone.Captions.Results;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;
using Spectre.Console;

namespace ImageToText.Standalone.Captions;

/// <summary>
/// One run of 'caption'. It captions several pictures at once through one captioner, and writes the captions in the given order
/// as they arrive.
/// </summary>
internal sealed class CaptionRun(Engine engine, Terminal terminal, CaptionSettings settings, TimeProvider time)
{
    // Enough that the running batch never waits for a picture to be read, and few enough to need little memory.
    private const int PicturesAtOnce = 16;

    /// <returns>Failure if a picture could not be captioned.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (ResultOptions.Refusal(settings) is { } refusal)
        {
            terminal.WriteError(refusal);
            return ExitCode.Usage;
        }

        try
        {
            using var results = new ResultFiles(settings.Results, settings.Wording, settings.Details);
            return await RunAsync(results, cancellationToken);
        }
        catch (ResultFileException e)
        {
            terminal.WriteError(e.Message);
            return ExitCode.Failure;
        }
    }

    private async Task<int> RunAsync(ResultFiles results, CancellationToken cancellationToken)
    {
        PicturePath[] pictures = [.. PicturePaths.Expand(settings.Paths).Select(picture => Checked(picture, results))];
        var report = new RunReport(pictures.Length, time);
        // If there is nothing to caption, no model needs to be loaded.
        if (!pictures.Any(static picture => picture.IsWanted))
        {
            foreach (var picture in pictures)
            {
                Pass(picture, report);
            }

            return End(report);
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
        var output = new CaptionOutput(
            terminal,
            settings.Output,
            settings.Wording,
            settings.Details,
            showPaths: !PicturePaths.IsOne(settings.Paths)
        );
        var work = new Work(captioner, pictures, options.ImageLimits, output, results, report);
        if (pictures.Length < 2 || terminal.Screen is null)
        {
            await CaptionAllAsync(work, LineOfProgress, cancellationToken);
            return End(report);
        }

        await terminal
            .Screen.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Captioning", maxValue: pictures.Length);
                await CaptionAllAsync(
                    work,
                    () =>
                    {
                        bar.Description = FormattableString.Invariant($"{report.Rate:0.0} captions/s");
                        bar.Increment(1);
                    },
                    cancellationToken
                );
            });
        return End(report);

        void LineOfProgress()
        {
            // If captions go to standard output, they show the progress.
            if (settings.Output == OutputForm.None && report.NextLine() is { } line)
            {
                terminal.WriteError(line);
            }
        }
    }

    private async Task CaptionAllAsync(Work work, Action advance, CancellationToken cancellationToken)
    {
        // If a run ends early (Ctrl-C, an option out of range), running captions are stopped before the captioner goes.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<(PicturePath Picture, Task<Caption>? Caption)>();
        try
        {
            foreach (var picture in work.Pictures)
            {
                if (running.Count == PicturesAtOnce)
                {
                    await FinishNextAsync();
                }

                running.Enqueue(
                    (picture, picture.IsWanted ? Task.Run(() => CaptionAsync(work, picture.Path, stop.Token), stop.Token) : null)
                );
            }

            while (running.Count > 0)
            {
                await FinishNextAsync();
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var caption in running.Select(static next => next.Caption).OfType<Task<Caption>>())
            {
                await caption.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }

        async Task FinishNextAsync()
        {
            var (picture, caption) = running.Peek();
            if (caption is null)
            {
                Pass(picture, work.Report);
            }
            else
            {
                await FinishAsync(work, picture, caption);
            }

            running.Dequeue();
            advance();
        }
    }

    private async Task FinishAsync(Work work, PicturePath picture, Task<Caption> running)
    {
        try
        {
            var caption = await running;
            work.Results.Write(picture.Path, caption);
            work.Output.Write(picture.Path, caption);
            work.Report.Caption();
        }
        catch (ImageException e)
        {
            var fault = e.Fault is ImageFault.UnsupportedFormat ? PictureFault.UnknownKind : PictureFault.Broken;
            Fail($"{picture.Path}: {e.Message}", fault, work.Report);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail($"{picture.Path}: {e.Message}", PictureFault.Unreadable, work.Report);
        }
        catch (ResultFileException e)
        {
            Fail(e.Message, PictureFault.NotWritten, work.Report);
        }
    }

    private async Task<Caption> CaptionAsync(Work work, string path, CancellationToken cancellationToken)
    {
        await using var stream =
            path == PicturePaths.Input
                ? terminal.OpenInput()
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        // A read of standard input can't be cancelled; on Ctrl-C it is abandoned.
        var bytes = await PictureFileReader.ReadAsync(stream, work.Limits, cancellationToken).WaitAsync(cancellationToken);
        return await work.Captioner.CaptionAsync(bytes, settings.Options, cancellationToken);
    }

    private static PicturePath Checked(PicturePath picture, ResultFiles results)
    {
        if (picture.Error is not null)
        {
            return picture;
        }

        try
        {
            return picture with { IsDone = results.HasAll(picture.Path) };
        }
        catch (ResultFileException e)
        {
            return picture with { Error = e.Message, Fault = PictureFault.NotWritten };
        }
    }

    private void Pass(PicturePath picture, RunReport report)
    {
        if (picture.Error is { } error)
        {
            Fail(error, picture.Fault, report);
        }
        else
        {
            report.Skip();
        }
    }

    private void Fail(string message, PictureFault fault, RunReport report)
    {
        report.Fail(fault);
        terminal.WriteError(CaptionOutput.Printable(message));
    }

    private int End(RunReport report)
    {
        if (settings.Results.WritesFiles)
        {
            terminal.WriteError(report.Summary());
        }

        return report.Failed > 0 ? ExitCode.Failure : ExitCode.Success;
    }

    private readonly record struct Work(
        ICaptioner Captioner,
        PicturePath[] Pictures,
        ImageLimits Limits,
        CaptionOutput Output,
        ResultFiles Results,
        RunReport Report
    );
}
