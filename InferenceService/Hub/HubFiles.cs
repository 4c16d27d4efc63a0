using System.Text.Json;

namespace ImageToText.InferenceService.Hub;

/// <summary>Which files of a repository a captioning model needs.</summary>
internal static class HubFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    public const string WeightsIndex = "model.safetensors.index.json";

    private static readonly HashSet<string> Small = new(StringComparer.Ordinal)
    {
        Config, "preprocessor_config.json", "processor_config.json", "generation_config.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    };

    /// <summary>The small files, and the index where the weights are in shards.</summary>
    /// <exception cref="HubException">The repository holds no model that could be run.</exception>
    public static List<HubFile> SelectSmall(HubModelReference reference, IReadOnlyList<HubFile> files)
    {
        if (!files.Any(f => f.Name == Config))
            throw new HubException(HubFault.Unsupported, $"{reference} has no {Config}: it is not a model in the transformers layout.");
        var whole = files.Any(f => f.Name == Weights);
        if (!whole && !files.Any(f => f.Name == WeightsIndex))
        {
            var others = files.Select(f => f.Name).Where(IsOtherWeights).ToArray();
            throw new HubException(
                HubFault.Unsupported,
                $"{reference} has no {Weights} (it has {(others.Length == 0 ? "no weights" : string.Join(", ", others))}). Only safetensors are "
                + $"supported: pickled weights can run code. Many repositories offer a conversion under @refs/pr/N: see the pull requests on its page.");
        }

        return [.. files.Where(f => Small.Contains(f.Name) || (!whole && f.Name == WeightsIndex))];
    }

    /// <summary>The weights: one file, or the shards that the index names.</summary>
    /// <exception cref="HubException">The index is broken or names a file that is not in the repository.</exception>
    public static List<HubFile> SelectWeights(HubModelReference reference, IReadOnlyList<HubFile> files, byte[]? index)
    {
        if (index is null) return [files.Single(f => f.Name == Weights)];
        try
        {
            using var document = JsonDocument.Parse(index);
            return [.. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => p.Value.GetString()!).Distinct()
                .Select(name => files.FirstOrDefault(f => f.Name == name && IsPlainName(name))
                    ?? throw new HubException(HubFault.Unsupported, $"{reference}: {WeightsIndex} names '{name}', which the repository does not hold."))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException(HubFault.Unsupported, $"{reference}: {WeightsIndex} can't be read: {e.Message}", e);
        }
    }

    private static bool IsPlainName(string name) => name.Length > 0 && name[0] != '.' && !name.AsSpan().ContainsAny('/', '\\', ':');

    private static bool IsOtherWeights(string name) => Path.GetExtension(name) is ".bin" or ".h5" or ".msgpack" or ".pt" or ".pth" or ".ckpt" or ".onnx" or ".gguf";
}

/// <summary>A file of a repository.</summary>
/// <param name="Name">Path in the repository.</param>
/// <param name="Hash">SHA-256 of a large file (64 hex digits), git's blob id of a small one (40); null where the listing does not say.</param>
/// <param name="Size">Bytes; null where the listing does not say.</param>
internal sealed record HubFile(string Name, string? Hash, long? Size);
