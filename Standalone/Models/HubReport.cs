using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>What a model on the hub is and whether it can run, before anything large is downloaded.</summary>
internal sealed record HubReport
{
    public required string Id { get; init; }

    public required string Commit { get; init; }

    public required bool Supported { get; init; }

    /// <summary>Why it can't run.</summary>
    public string? Reason { get; init; }

    /// <summary>The nearest model that can run.</summary>
    public string? Nearest { get; init; }

    public required string Family { get; init; }

    public long? Parameters { get; init; }

    /// <summary>The weights file, or the index of its shards.</summary>
    public string? Weights { get; init; }

    /// <summary>The branch or pull request that holds them.</summary>
    public string? WeightsRevision { get; init; }

    public long? DownloadBytes { get; init; }

    public long? MemoryBytesF32 { get; init; }

    public long? MemoryBytesInt8 { get; init; }

    public string? Licence { get; init; }

    public Uri? LicenceLink { get; init; }

    /// <summary>Whether its licence must be accepted first.</summary>
    public bool NonCommercial { get; init; }

    /// <summary>Where the model is after it was pulled.</summary>
    public string? Folder { get; init; }

    public long? DownloadedBytes { get; init; }

    public static HubReport Of(HubModel model)
    {
        var verdict = ModelVerdict.Of(model);
        var size = ModelSize.Of(model);
        return new HubReport
        {
            Id = model.Reference.ToString(),
            Commit = model.Commit,
            Supported = verdict.IsSupported,
            Reason = verdict.Reason,
            Nearest = verdict.Nearest,
            Family = verdict.Family,
            Parameters = size?.Parameters,
            Weights = model.Weights.File,
            WeightsRevision = model.Weights.Revision,
            DownloadBytes = model.Weights.Bytes,
            MemoryBytesF32 = size?.F32Bytes,
            MemoryBytesInt8 = size?.Int8Bytes,
            Licence = model.Licence?.Id,
            LicenceLink = model.Licence?.Link,
            NonCommercial = model.Licence is { IsNonCommercial: true },
        };
    }

    /// <summary>Builds the report for a cached model while the hub is off limits (HF_HUB_OFFLINE).</summary>
    public static HubReport Of(HubModelReference reference, PulledModel pulled)
    {
        var verdict = ModelVerdict.Of(pulled.Folder);
        return new HubReport
        {
            Id = reference.ToString(),
            Commit = pulled.Commit,
            Supported = verdict.IsSupported,
            Reason = verdict.Reason,
            Nearest = verdict.Nearest,
            Family = verdict.Family,
        };
    }

    /// <summary>Writes lines for people.</summary>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="write">Receives each line.</param>
    public void Write(HubWeights weights, Action<string> write)
    {
        Line("model", $"{Id} (commit {Commit})");
        Line("family", $"{Family}");
        Line(
            "size",
            Parameters is { } parameters ? (FormattableString)$"{parameters / 1e6:0.#} million parameters" : $"not given by the hub"
        );
        Line("weights", DownloadBytes is { } bytes ? (FormattableString)$"{weights}, {bytes / 1e6:0.#} MB" : $"{weights}");
        if (MemoryBytesF32 is { } float32 && MemoryBytesInt8 is { } eight)
        {
            Line("memory", $"about {float32 / 1048576.0:0} MiB in f32, {eight / 1048576.0:0} MiB in int8");
        }

        Line(
            "licence",
            Licence is null
                ? (FormattableString)$"the model's card names none"
                : $"{Licence} ({LicenceLink}){(NonCommercial ? ": no commercial use; 'models pull' needs --accept-licence" : "")}"
        );
        Line("supported", Supported ? (FormattableString)$"yes" : $"no: {Reason} The nearest that is: {Nearest}");

        void Line(string what, FormattableString text) => write($"{what + ":", -11} {text.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <summary>Writes one line for programs.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="pulled">What was downloaded, if the model was pulled.</param>
    public void WriteJson(Terminal terminal, PulledModel? pulled = null) =>
        terminal.Out.WriteLine(
            JsonSerializer.Serialize(
                this with
                {
                    Folder = pulled?.Folder,
                    DownloadedBytes = pulled?.DownloadedBytes,
                },
                HubReportJson.Default.HubReport
            )
        );
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(HubReport))]
internal sealed partial class HubReportJson : JsonSerializerContext;
