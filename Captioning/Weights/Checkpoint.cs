using System.Text.Json;

namespace ImageToText.Captioning.Weights;

/// <summary>The tensors of a model folder: one safetensors file, or the shards that an index names.</summary>
internal sealed class Checkpoint
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, TensorEntry> _tensors;

    private Checkpoint(string rootFolder, IReadOnlyList<string> files, Dictionary<string, TensorEntry> tensors)
    {
        RootFolder = rootFolder;
        Files = files;
        _tensors = tensors;
    }

    /// <summary>A checkpoint of nothing, for graphs without weights.</summary>
    public static Checkpoint Empty { get; } = new("", [], []);

    /// <summary>The folder below which all files really lie.</summary>
    public string RootFolder { get; }

    /// <summary>Real paths of the files.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The floating-point tensors, in the order of their names.</summary>
    public IEnumerable<TensorEntry> FloatingPoint =>
        _tensors.Values.Where(tensor => tensor.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16).OrderBy(tensor => tensor.Name, StringComparer.Ordinal);

    /// <summary>Number of floating-point parameters.</summary>
    public long Parameters => FloatingPoint.Sum(tensor => tensor.Count);

    /// <summary>Opens the checkpoint of a model folder.</summary>
    /// <exception cref="ModelFormatException">There is none, or it can't be read.</exception>
    public static Checkpoint Open(string folder)
    {
        var single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
        {
            return FromFiles([RealPath(single)]);
        }

        var index = Path.Combine(folder, IndexFile);
        if (File.Exists(index))
        {
            return FromFiles([.. ShardNames(index).Select(shard => RealPath(ShardPath(folder, shard)))]);
        }

        var others = Directory.EnumerateFiles(folder).Select(Path.GetFileName)
            .Where(name => Path.GetExtension(name) is ".bin" or ".pt" or ".pth" or ".h5" or ".msgpack" or ".onnx").ToArray();
        var found = others.Length == 0 ? "" : $" It holds {string.Join(", ", others)}, which can't be read: convert the model to safetensors.";
        throw new ModelFormatException($"Folder {Path.GetFileName(folder)} holds neither {SingleFile} nor {IndexFile}.{found}");
    }

    /// <summary>Opens the given safetensors files as one checkpoint.</summary>
    /// <param name="files">Real paths.</param>
    public static Checkpoint FromFiles(IReadOnlyList<string> files)
    {
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var entry in files.SelectMany(SafetensorsFile.ReadEntries))
        {
            tensors[entry.Name] = entry;
        }

        return new Checkpoint(CommonFolder(files), files, tensors);
    }

    /// <summary>True where the tensor is there.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>Finds a tensor whose shape the configuration decides.</summary>
    /// <exception cref="ModelFormatException">It is missing, has another shape, or is not floating point.</exception>
    public TensorEntry Get(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var entry))
        {
            throw new ModelFormatException($"The checkpoint lacks tensor {name}, which config.json calls for.");
        }

        if (!shape.SequenceEqual(entry.Shape.ToArray()))
        {
            throw new ModelFormatException(
                $"Tensor {name} has shape {entry.ShapeText}, but config.json calls for [{string.Join(", ", shape.ToArray())}].");
        }

        return entry.Type is TensorType.I64
            ? throw new ModelFormatException($"Tensor {name} holds integers; F32, F16 and BF16 are supported.")
            : entry;
    }

    /// <summary>Numbers that share a scale in a matrix that stands here in blocks (<see cref="QuantizedNames.Blocks"/>).</summary>
    public int BlockSize(string weight) => (int)_tensors[QuantizedNames.Blocks(weight)].Shape[^1];

    /// <summary>The path with every symbolic link followed: the Hugging Face cache is a folder of links.</summary>
    /// <exception cref="ModelFormatException">A link leads nowhere.</exception>
    public static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        var root = Path.GetPathRoot(full)!;
        var real = root;
        foreach (var part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            var info = new FileInfo(next);
            if (info.LinkTarget is null)
            {
                real = next;
                continue;
            }

            var target = info.ResolveLinkTarget(returnFinalTarget: true);
            real = target is { Exists: true } || Directory.Exists(target?.FullName)
                ? RealPath(target!.FullName)
                : throw new ModelFormatException($"{Path.GetFileName(path)} is a link to {info.LinkTarget}, which is not there. Download the model again.");
        }

        return real;
    }

    private static IReadOnlyList<string> ShardNames(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            return [.. document.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(property => property.Value.GetString() ?? "").Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{IndexFile} has no readable weight_map: {exception.Message}", exception);
        }
    }

    private static string ShardPath(string folder, string shard)
    {
        if (shard.Length == 0 || shard != Path.GetFileName(shard))
        {
            throw new ModelFormatException($"{IndexFile} names a shard \"{shard}\", which is not a file of the same folder.");
        }

        var path = Path.Combine(folder, shard);
        return File.Exists(path)
            ? path
            : throw new ModelFormatException($"{IndexFile} names {shard}, which is not in the folder. Download the model again.");
    }

    private static string CommonFolder(IReadOnlyList<string> files)
    {
        var folder = Path.GetDirectoryName(files[0])!;
        while (files.Any(file => !file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new ModelFormatException("The checkpoint's shards lie on different drives.");
        }

        return folder;
    }
}
