using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Models;

/// <summary>Whether a model can be run, and what it is: answered from its config.json alone.</summary>
public sealed record ModelVerdict
{
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
    public static ModelVerdict Of(ReadOnlyMemory<byte> config) => Of(config, ModelFamilies.Check(config));

    /// <summary>Answers from config.json and the listing of a model on the hub, which may lack a file.</summary>
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
                    Reason = $"It lacks {string.Join(" or ", lacking.Names)}, {lacking.Purpose}, which {support.Family!.Name} models want.",
                }
        );
    }

    /// <summary>The verdict on a model that can be run; refuses any other, before anything large is downloaded.</summary>
    /// <param name="model">What the hub tells of it.</param>
    /// <exception cref="ModelFormatException">It can't be run.</exception>
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
            WantedFiles = support.IsSupported ? [.. support.Family!.Files.SelectMany(static file => file.Names)] : [],
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
