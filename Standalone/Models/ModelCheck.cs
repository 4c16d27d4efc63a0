using System.Diagnostics;
using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Standalone.Captions;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models check: loads a model, captions the samples, reports what it takes, or what is unsupported.</summary>
internal sealed class ModelCheck(Engine engine, Terminal terminal)
{
    public async Task<int> RunAsync(string model, Precision precision, ProviderChoice provider, CancellationToken cancellationToken)
    {
        var located = ModelLocator.Find(model);
        var options = new CaptionerOptions { ModelId = located.Id, Precision = precision, Provider = provider };
        var memoryBefore = Environment.WorkingSet;
        var start = Stopwatch.GetTimestamp();
        ICaptioner captioner;
        try
        {
            captioner = await engine.LoadAsync(located.Folder, options, cancellationToken);
        }
        catch (ModelFormatException e)
        {
            terminal.WriteLine($"unsupported: {e.Message}");
            return ExitCode.Failure;
        }

        await using (captioner)
        {
            var loaded = captioner.Model;
            Report("model", $"{loaded.Id} ({loaded.Architecture}), {located.Folder}");
            Report("revision", $"{loaded.Revision}");
            Report("parameters", $"{loaded.Parameters / 1e6:0.#} million, {loaded.Precision.ToString().ToLowerInvariant()}, {loaded.ImageSize} x {loaded.ImageSize} pixels");
            Report("provider", $"{loaded.Provider}");
            Report("loaded in", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
            await CaptionSamplesAsync(captioner, options.ImageLimits, cancellationToken);
            Report("memory", $"{(Environment.WorkingSet - memoryBefore) / 1048576.0:0} MiB more than before, {loaded.MemoryBytes / 1048576.0:0} MiB by the weights' shapes");
        }

        Report("unsupported", $"nothing");
        return ExitCode.Success;
    }

    private async Task CaptionSamplesAsync(ICaptioner captioner, ImageLimits limits, CancellationToken cancellationToken)
    {
        foreach (var sample in PicturePaths.Expand([ModelLocator.SamplesFolder]))
        {
            if (sample.Error is not null) throw new CommandException(sample.Error);
            await using var stream = File.OpenRead(sample.Path);
            var bytes = await PictureFile.ReadAsync(stream, limits, cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var caption = await captioner.CaptionAsync(bytes, cancellationToken: cancellationToken);
            Report(Path.GetFileName(sample.Path), $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms: {caption.Text}");
        }
    }

    private void Report(string what, FormattableString text) => terminal.WriteLine($"{what + ":",-18} {text.ToString(CultureInfo.InvariantCulture)}");
}
