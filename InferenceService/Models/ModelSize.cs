using System.Text.Json;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Models;

/// <summary>How large a model is and how much memory it needs, estimated before its weights are downloaded.</summary>
/// <param name="Parameters">Number of parameters.</param>
/// <param name="F32Bytes">Memory in float32, including what a running batch needs besides the weights.</param>
/// <param name="Int8Bytes">Memory in eight bits, likewise.</param>
public sealed record ModelSize(long Parameters, long F32Bytes, long Int8Bytes)
{
    // What pictures and rows of a running batch, the runtime and cached encodings take, as measured (docs/performance.md).
    private const long BesideWeights = 150L * 1024 * 1024;

    // A four-byte scale for every 64 numbers; for every 32 in the output matrix.
    private const double BytesOfEight = 1 + (4.0 / 64);
    private const double BytesOfOutput = 1 + (4.0 / 32);

    /// <summary>Estimates from the hub's data; null: it has neither parameters nor sizes, or no config.json.</summary>
    public static ModelSize? Of(HubModel model)
    {
        try
        {
            using var config = JsonDocument.Parse(model.Config);
            return config.RootElement.ValueKind is JsonValueKind.Object ? Of(model, config.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ModelSize? Of(HubModel model, JsonElement config) =>
        (model.Parameters ?? model.Weights.Bytes / BytesOfNumber(config)) is { } parameters ? Of(config, parameters) : null;

    /// <summary>Estimates from config.json and the number of parameters.</summary>
    public static ModelSize Of(JsonElement config, long parameters)
    {
        // The word table stays in float32, and has an output matrix of the same size in eight bits beside it.
        long wordEmbeddings = WordEmbeddings(config);
        long rest = Math.Max(0, parameters - wordEmbeddings);
        double eight = (rest * BytesOfEight) + (wordEmbeddings * (sizeof(float) + BytesOfOutput));
        return new ModelSize(parameters, (sizeof(float) * parameters) + BesideWeights, (long)eight + BesideWeights);
    }

    // The text half is wherever the vocabulary is: text_config, decoder, or the model itself.
    private static long WordEmbeddings(JsonElement config)
    {
        foreach (string section in (string[])["text_config", "decoder"])
        {
            if (config.TryGetProperty(section, out var text) && text.ValueKind is JsonValueKind.Object)
            {
                config = text;
            }
        }

        return Number(config, "vocab_size")
            * Math.Max(Number(config, "hidden_size"), Math.Max(Number(config, "d_model"), Number(config, "n_embd")));
    }

    private static int BytesOfNumber(JsonElement config) =>
        (config.TryGetProperty("dtype", out var type) || config.TryGetProperty("torch_dtype", out type))
        && type.ValueKind is JsonValueKind.String
        && type.GetString() is "float16" or "bfloat16"
            ? sizeof(short)
            : sizeof(float);

    private static long Number(JsonElement config, string key) =>
        config.TryGetProperty(key, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : 0;
}
