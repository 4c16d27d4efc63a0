using System.Text.Json;

namespace ImageToText.InferenceService.Hub;

/// <summary>Finds a model's parts in a repository's listing. Which small files a model needs is decided elsewhere.</summary>
internal static class HubFiles
{
    public const string Config = "config.json";

    private const string AdapterConfig = "adapter_config.json";

    /// <summary>The forms in which weights are stored, best first.</summary>
    public static IReadOnlyList<HubWeightsForm> Forms { get; } =
    [
        new("model.safetensors", IsIndex: false, IsPickled: false),
        new("model.safetensors.index.json", IsIndex: true, IsPickled: false),
        new("pytorch_model.bin", IsIndex: false, IsPickled: true),
        new("pytorch_model.bin.index.json", IsIndex: true, IsPickled: true),
    ];

    /// <summary>config.json of a repository.</summary>
    /// <exception cref="HubException">It has none.</exception>
    public static HubFile FindConfig(HubModelReference reference, IReadOnlyList<HubFile> files) =>
        files.FirstOrDefault(file => file.Name == Config)
        ?? throw new HubException(
            HubFault.Unsupported,
            files.Any(file => file.Name == AdapterConfig)
                ? $"{reference} has {AdapterConfig} and no {Config}: it is an adapter of another model. Pull that model "
                    + $"(base_model_name_or_path in {AdapterConfig}), download the adapter's files into a folder, and load "
                    + $"that folder: the two are merged."
                : $"{reference} has no {Config}: it is not a model in the transformers layout."
        );

    /// <summary>The best form of weights in a listing; null: there are none that can be read.</summary>
    public static HubWeightsForm? FindWeights(IReadOnlyList<HubFile> files) =>
        Forms.FirstOrDefault(form => files.Any(file => file.Name == form.File));

    /// <summary>The refusal for a repository without readable weights.</summary>
    public static HubException NoWeights(HubModelReference reference, IReadOnlyList<HubFile> files)
    {
        string[] others = files.Select(file => file.Name).Where(IsOtherWeights).ToArray();
        return new HubException(
            HubFault.Unsupported,
            $"{reference} has none of {string.Join(", ", Forms.Select(form => form.File))}; it has "
                + $"{(others.Length == 0 ? "no weights at all" : string.Join(", ", others))}, which can't be read."
        );
    }

    /// <summary>The shards that an index names.</summary>
    /// <exception cref="HubException">The index is broken or names a file that is not in the repository.</exception>
    public static List<HubFile> SelectShards(HubModelReference reference, IReadOnlyList<HubFile> files, HubWeightsForm form, byte[] index)
    {
        try
        {
            using var document = JsonDocument.Parse(index);
            return
            [
                .. document
                    .RootElement.GetProperty("weight_map")
                    .EnumerateObject()
                    .Select(p => p.Value.GetString()!)
                    .Distinct()
                    .Select(name =>
                        files.FirstOrDefault(f => f.Name == name && IsPlainName(name))
                        ?? throw new HubException(
                            HubFault.Unsupported,
                            $"{reference}: {form.File} names '{name}', which the repository does not contain."
                        )
                    ),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException(HubFault.Unsupported, $"{reference}: {form.File} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Whether a name is a file at the top of the repository and leads nowhere else.</summary>
    public static bool IsPlainName(string name) => name.Length > 0 && name[0] != '.' && !name.AsSpan().ContainsAny('/', '\\', ':');

    private static bool IsOtherWeights(string name) =>
        Path.GetExtension(name) is ".safetensors" or ".bin" or ".h5" or ".msgpack" or ".pt" or ".pth" or ".ckpt" or ".onnx" or ".gguf";
}

/// <summary>A form in which a repository stores weights.</summary>
/// <param name="File">The file for it: the weights themselves, or the index of their shards.</param>
/// <param name="IsIndex">Whether it names shards.</param>
/// <param name="IsPickled">Whether it is PyTorch's own format.</param>
internal sealed record HubWeightsForm(string File, bool IsIndex, bool IsPickled);

/// <summary>A file of a repository.</summary>
/// <param name="Name">Path in the repository.</param>
/// <param name="Hash">SHA-256 of a large file (64 hex digits), git's blob id of a small one (40); null: the listing does not say.</param>
/// <param name="Size">Bytes; null where the listing does not say.</param>
internal sealed record HubFile(string Name, string? Hash, long? Size);
