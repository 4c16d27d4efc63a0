using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.InferenceService.Models;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models check FOLDER: loads a model, captions the samples, and reports what it needs or what is unsupported.</summary>
internal sealed class ModelCheck(Engine engine, Terminal terminal)
{
    public async Task<int> RunAsync(
        LocatedModel located,
        Precision precision,
        ProviderChoice provider,
        bool json,
        CancellationToken cancellationToken
    )
    {
        var options = new CaptionerOptions
        {
            ModelId = located.Id,
            Precision = precision,
            Provider = provider,
        };
        var report = await CheckAsync(located, options, cancellationToken);
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(report, CheckedFolderJson.Default.CheckedFolder));
        }
        else
        {
            Write(report);
        }

        return report.Supported ? ExitCode.Success : ExitCode.Failure;
    }

    private async Task<CheckedFolder> CheckAsync(LocatedModel located, CaptionerOptions options, CancellationToken cancellationToken)
    {
        long memoryBefore = Environment.WorkingSet;
        long start = Stopwatch.GetTimestamp();
        ICaptioner captioner;
        try
        {
            captioner = await engine.LoadAsync(located.Folder, options, cancellationToken);
        }
        catch (ModelFormatException e)
        {
            var verdict = ModelVerdict.Of(located.Folder);
            return new CheckedFolder
            {
                Id = located.Id,
                Folder = located.Folder,
                Family = verdict.Family,
                Supported = false,
                Reason = e.Message,
                Nearest = verdict.Nearest,
            };
        }

        await using (captioner)
        {
            var loaded = captioner.Model;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var samples = await CaptionSamplesAsync(captioner, options.ImageLimits, cancellationToken);
            return new CheckedFolder
            {
                Id = loaded.Id,
                Folder = located.Folder,
                Family = loaded.Architecture,
                Supported = true,
                Revision = loaded.Revision,
                Parameters = loaded.Parameters,
                Precision = loaded.Precision.ToString().ToLowerInvariant(),
                ImageSize = loaded.ImageSize,
                Provider = loaded.Provider,
                LoadSeconds = seconds,
                Samples = samples,
                AddedBytes = Environment.WorkingSet - memoryBefore,
                MemoryBytes = loaded.MemoryBytes,
            };
        }
    }

    private static async Task<IReadOnlyList<CheckedSample>> CaptionSamplesAsync(
        ICaptioner captioner,
        ImageLimits limits,
        CancellationToken cancellationToken
    )
    {
        var samples = new List<CheckedSample>();
        foreach (var sample in PicturePaths.Expand([ModelLocator.SamplesFolder]))
        {
            if (sample.Error is not null)
            {
                throw new CommandException(sample.Error);
            }

            await using var stream = File.OpenRead(sample.Path);
            var bytes = await PictureFileReader.ReadAsync(stream, limits, cancellationToken);
            long start = Stopwatch.GetTimestamp();
            var caption = await captioner.CaptionAsync(bytes, cancellationToken: cancellationToken);
            samples.Add(new CheckedSample(Path.GetFileName(sample.Path), Stopwatch.GetElapsedTime(start).TotalMilliseconds, caption.Text));
        }

        return samples;
    }

    private void Write(CheckedFolder report)
    {
        if (!report.Supported)
        {
            terminal.WriteLine($"unsupported: {report.Reason}");
            if (report.Nearest is { } nearest)
            {
                terminal.WriteLine($"The nearest that is supported: {nearest}");
            }

            return;
        }

        Line("model", $"{report.Id} ({report.Family}), {report.Folder}");
        Line("revision", $"{report.Revision}");
        Line("parameters", $"{report.Parameters / 1e6:0.#} million, {report.Precision}, {report.ImageSize} x {report.ImageSize} pixels");
        Line("provider", $"{report.Provider}");
        Line("loaded in", $"{report.LoadSeconds:0.00} s");
        foreach (var sample in report.Samples)
        {
            Line(sample.Picture, $"{sample.Milliseconds:0} ms: {sample.Text}");
        }

        Line("memory", $"{report.AddedBytes / 1048576.0:0} MiB more than before, {report.MemoryBytes / 1048576.0:0} MiB by the shapes");
        Line("unsupported", $"nothing");

        void Line(string what, FormattableString text) =>
            terminal.WriteLine($"{what + ":", -18} {text.ToString(CultureInfo.InvariantCulture)}");
    }
}

/// <summary>The answer of 'models check FOLDER --json'.</summary>
internal sealed record CheckedFolder
{
    public required string Id { get; init; }

    public required string Folder { get; init; }

    public required string Family { get; init; }

    public required bool Supported { get; init; }

    public string? Reason { get; init; }

    public string? Nearest { get; init; }

    public string? Revision { get; init; }

    public long? Parameters { get; init; }

    public string? Precision { get; init; }

    public int? ImageSize { get; init; }

    public string? Provider { get; init; }

    public double? LoadSeconds { get; init; }

    public IReadOnlyList<CheckedSample> Samples { get; init; } = [];

    /// <summary>How much memory loading and captioning added to the process.</summary>
    public long? AddedBytes { get; init; }

    /// <summary>How much memory its weights take, by their shapes.</summary>
    public long? MemoryBytes { get; init; }
}

/// <summary>One sample's caption.</summary>
internal sealed record CheckedSample(string Picture, double Milliseconds, string Text);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CheckedFolder))]
internal sealed partial class CheckedFolderJson : JsonSerializerContext;
