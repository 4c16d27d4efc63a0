using System.Collections.Concurrent;
using System.Globalization;
using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using ImageToText.Standalone.Terminals;
using Spectre.Console;

namespace ImageToText.Standalone.Models;

/// <summary>models pull: downloads with a bar per file, or with a line per file if bars can't be drawn.</summary>
internal sealed class ModelPull(Terminal terminal)
{
    /// <summary>Downloads a model.</summary>
    /// <param name="model">ORG/NAME or ORG/NAME@REVISION.</param>
    /// <param name="acceptLicence">Whether to accept a licence that forbids commercial use.</param>
    /// <param name="json">Whether to print one JSON object instead of just the folder.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    public async Task<int> RunAsync(string model, bool acceptLicence, bool json, CancellationToken cancellationToken)
    {
        if (!HubModelReference.TryParse(model, out var reference))
        {
            terminal.WriteError($"'{model}' is not a model's name on the hub: write ORG/NAME or ORG/NAME@REVISION.");
            return ExitCode.Usage;
        }

        using var http = HubDownloader.CreateHttpClient();
        var downloader = new HubDownloader(http, HubOptions.FromEnvironment());
        HubReport? report = null;
        var pulled = terminal.Screen is null
            ? await PullAsync(new LineProgress(terminal))
            : await terminal
                .Screen.Progress()
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn(),
                    new PercentageColumn(),
                    new DownloadedColumn(),
                    new TransferSpeedColumn(),
                    new RemainingTimeColumn()
                )
                .StartAsync(progress => PullAsync(new BarProgress(progress)));

        terminal.WriteError(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{reference} is there (commit {pulled.Commit}, {pulled.DownloadedBytes / 1e6:0.#} MB downloaded). Use "
                    + $"it with: --model {reference}"
            )
        );
        if (json)
        {
            (report ?? HubReport.Of(reference, pulled)).WriteJson(terminal, pulled);
        }
        else
        {
            terminal.Out.WriteLine(pulled.Folder);
        }

        return ExitCode.Success;

        Task<PulledModel> PullAsync(IProgress<HubProgress> progress) =>
            downloader.PullAsync(reference, Choose, progress, cancellationToken: cancellationToken);

        IReadOnlyCollection<string> Choose(HubModel found)
        {
            var verdict = ModelVerdict.Require(found);
            report = HubReport.Of(found);
            report.Write(found.Weights, terminal.WriteError);
            found.Licence?.Require(reference, acceptLicence, "pull with --accept-licence");
            return verdict.WantedFiles;
        }
    }

    private sealed class BarProgress(ProgressContext context) : IProgress<HubProgress>
    {
        private readonly ConcurrentDictionary<string, Lazy<ProgressTask>> _bars = new();

        public void Report(HubProgress value)
        {
            var bar = _bars.GetOrAdd(
                value.File,
                file => new Lazy<ProgressTask>(() => context.AddTask(Markup.Escape(file), maxValue: Math.Max(1, value.TotalBytes)))
            );
            bar.Value.Value = value.TotalBytes == 0 ? 1 : value.Bytes;
        }
    }

    /// <summary>Reports each file when it is complete, and large ones at every tenth.</summary>
    private sealed class LineProgress(Terminal terminal) : IProgress<HubProgress>
    {
        private const long Large = 50_000_000;
        private readonly Dictionary<string, int> _told = [];
        private readonly Lock _gate = new();

        public void Report(HubProgress value)
        {
            int tenths = value.TotalBytes == 0 ? 10 : (int)(value.Bytes * 10 / value.TotalBytes);
            if (tenths < 10 && value.TotalBytes < Large)
            {
                return;
            }

            lock (_gate)
            {
                if (_told.GetValueOrDefault(value.File) >= tenths)
                {
                    return;
                }

                _told[value.File] = tenths;
                terminal.WriteError(
                    string.Create(CultureInfo.InvariantCulture, $"{value.File}: {tenths * 10} % of {value.TotalBytes / 1e6:0.###} MB")
                );
            }
        }
    }
}
