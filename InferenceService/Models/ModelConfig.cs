using System.Text.Json;
using ImageToText.Captioning;

namespace ImageToText.InferenceService.Models;

/// <summary>What config.json says a model is.</summary>
public static class ModelConfig
{
    /// <summary>Whether models of this type can be run.</summary>
    public static bool IsSupported(string? type) => Captioner.SupportedModelTypes.Contains(type);

    /// <summary>model_type of a folder's config.json; null where it says none.</summary>
    public static string? ReadType(string folder)
    {
        try
        {
            return ReadType(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Refuses a model that can't be run, from its config.json, before anything large is downloaded.</summary>
    /// <param name="model">Its name, for the message.</param>
    /// <param name="config">The bytes of its config.json.</param>
    /// <exception cref="ModelFormatException">It can't be run.</exception>
    public static void Accept(string model, ReadOnlyMemory<byte> config)
    {
        var type = ReadType(config);
        if (!IsSupported(type))
            throw new ModelFormatException($"{model} is a model of type '{type ?? "unknown"}'. Supported: blip (BLIP captioning checkpoints). Nothing large was downloaded.");
    }

    private static string? ReadType(ReadOnlyMemory<byte> config)
    {
        try
        {
            using var document = JsonDocument.Parse(config);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model_type", out var type)
                && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
