using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Models;

/// <summary>Whether a model can be run, and what it is: answered from its config.json alone.</summary>
public sealed record ModelVerdict
{
    // Every file that the tokenizer, the preparation of pictures and the defaults of one of these models may consist of.
    private static readonly string[] s_files =
    [
        "preprocessor_config.json", "processor_config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model",
        "tokenizer.model", "chat_template.json", "chat_template.jinja",
    ];

    private const string CaptioningBlip = "BlipForConditionalGeneration";

    /// <summary>model_type of config.json; null: it names none.</summary>
    public required string? ModelType { get; init; }

    /// <summary>The family, for people: model_type, and what the encoder and decoder are where config.json puts them together.</summary>
    public required string Family { get; init; }

    /// <summary>Why it can't be run; null: it can.</summary>
    public string? Reason { get; init; }

    /// <summary>A public checkpoint for the same purpose that can be run; null where this one can.</summary>
    public string? Nearest { get; init; }

    /// <summary>The files wanted beside config.json and the weights, as far as the model has them.</summary>
    public IReadOnlyList<string> WantedFiles { get; init; } = [];

    /// <summary>Whether it can be run.</summary>
    public bool IsSupported => Reason is null;

    /// <summary>Answers from a model folder's config.json; one that can't be read is of no type.</summary>
    public static ModelVerdict Of(string folder)
    {
        try
        {
            return Of(File.ReadAllBytes(Path.Combine(folder, HubFiles.Config)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Of(ReadOnlyMemory<byte>.Empty);
        }
    }

    /// <summary>Answers from the bytes of config.json.</summary>
    public static ModelVerdict Of(ReadOnlyMemory<byte> config)
    {
        try
        {
            using var document = JsonDocument.Parse(config);
            return Of(document.RootElement);
        }
        catch (JsonException e)
        {
            return new ModelVerdict { ModelType = null, Family = "unknown", Reason = $"config.json is not valid JSON: {e.Message}", Nearest = NearestModel.Of(null) };
        }
    }

    /// <summary>The files of a model that can be run; refuses any other, before anything large is downloaded.</summary>
    /// <param name="model">What the hub tells of it.</param>
    /// <exception cref="ModelFormatException">It can't be run.</exception>
    public static ModelVerdict Require(HubModel model)
    {
        var verdict = Of(model.Config);
        return verdict.IsSupported
            ? verdict
            : throw new ModelFormatException($"{model.Reference} can't be run: {verdict.Reason} The nearest that can: {verdict.Nearest}. Nothing large was downloaded.");
    }

    private static ModelVerdict Of(JsonElement config)
    {
        var type = Text(config, "model_type");
        var (encoder, decoder) = (Text(config, "encoder", "model_type"), Text(config, "decoder", "model_type"));
        var family = encoder is null || decoder is null ? type ?? "unknown" : $"{type} ({encoder} + {decoder})";
        var reason = Refuse(config, type);
        return new ModelVerdict
        {
            ModelType = type,
            Family = family,
            Reason = reason,
            Nearest = reason is null ? null : NearestModel.Of(encoder ?? type),
            WantedFiles = reason is null ? s_files : [],
        };
    }

    private static string? Refuse(JsonElement config, string? type)
    {
        if (!Captioner.SupportedModelTypes.Contains(type))
            return $"it is a model of type '{type ?? "unknown"}'; {string.Join(", ", Captioner.SupportedModelTypes)} are supported.";
        string[] architectures = config.TryGetProperty("architectures", out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind is JsonValueKind.String).Select(static item => item.GetString()!)]
            : [];
        return type == "blip" && architectures.Length > 0 && !architectures.Contains(CaptioningBlip)
            ? $"it is a {architectures[0]}, which does not write captions; {CaptioningBlip} does."
            : null;
    }

    private static string? Text(JsonElement config, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
            if (config.ValueKind is not JsonValueKind.Object || !config.TryGetProperty(key, out config)) return null;
        return config.ValueKind is JsonValueKind.String ? config.GetString() : null;
    }
}
