using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Models;

/// <summary>Whether a model can run, and what it is, according to its config.json alone.</summary>
public sealed record ModelVerdict
{
    /// <summary>model_type in config.json; null: it has none.</summary>
    public required string? ModelType { get; init; }

    /// <summary>The family, for people to read: model_type, and the encoder and decoder if config.json combines them.</summary>
    public required string Family { get; init; }

    /// <summary>Why it can't run; null: it can.</summary>
    public string? Reason { get; init; }

    /// <summary>A public checkpoint that serves the same purpose and can run; null if this one can.</summary>
    public string? Nearest { get; init; }

    /// <summary>What it does with a prompt; null where it can't be run.</summary>
    public PromptHandling? PromptUse { get; init; }

    /// <summary>The files needed besides config.json and the weights, as far as the model has them.</summary>
    public IReadOnlyList<string> WantedFiles { get; init; } = [];

    /// <summary>Whether it can run.</summary>
    public bool IsSupported => Reason is null;

    /// <summary>Decides by a model folder's config.json. An unreadable one has no type.</summary>
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

    /// <summary>Decides by the bytes of config.json.</summary>
    public static ModelVerdict Of(ReadOnlyMemory<byte> config) => Of(config, ModelFamilies.Check(config));

    /// <summary>Decides by config.json and the listing of a model on the hub, which may lack a file.</summary>
    public static ModelVerdict Of(HubModel model)
    {
        var support = ModelFamilies.Check(model.Config);
        var lacking = support.IsSupported
            ? support.Family!.Files.FirstOrDefault(file =>
                file.IsRequired && !file.Names.Any(name => model.Files.Any(held => held.Name == name))
            )
            : null;
        return Of(
            model.Config,
            lacking is null
                ? support
                : support with
                {
                    Reason = $"It lacks {string.Join(" or ", lacking.Names)}, {lacking.Purpose}, which {support.Family!.Name} models need.",
                }
        );
    }

    /// <summary>Returns the verdict on a model that can run, and refuses any other before anything large is downloaded.</summary>
    /// <param name="model">What the hub says about it.</param>
    /// <exception cref="ModelFormatException">It can't run.</exception>
    public static ModelVerdict Require(HubModel model)
    {
        var verdict = Of(model);
        return verdict.IsSupported
            ? verdict
            : throw new ModelFormatException(
                $"{model.Reference} can't be run: {verdict.Reason} The nearest that can: {verdict.Nearest}. Nothing large was downloaded."
            );
    }

    private static ModelVerdict Of(ReadOnlyMemory<byte> config, ModelSupport support)
    {
        var (type, encoder, decoder) = ReadTypes(config);
        return new ModelVerdict
        {
            ModelType = type,
            Family = encoder is null || decoder is null ? type ?? "unknown" : $"{type} ({encoder} + {decoder})",
            Reason = support.Reason,
            Nearest = support.IsSupported ? null : NearestModel.Of(encoder ?? type),
            PromptUse = support.PromptUse,
            WantedFiles = support.IsSupported
                ? [.. support.Family!.Files.SelectMany(static file => file.Names), ModelFamilies.CardFile]
                : [],
        };
    }

    private static (string? Type, string? Encoder, string? Decoder) ReadTypes(ReadOnlyMemory<byte> config)
    {
        try
        {
            using var document = JsonDocument.Parse(config);
            var root = document.RootElement;
            return (Text(root, "model_type"), Text(root, "encoder", "model_type"), Text(root, "decoder", "model_type"));
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement config, params ReadOnlySpan<string> path)
    {
        foreach (string key in path)
        {
            if (config.ValueKind is not JsonValueKind.Object || !config.TryGetProperty(key, out config))
            {
                return null;
            }
        }

        return config.ValueKind is JsonValueKind.String ? config.GetString() : null;
    }
}
