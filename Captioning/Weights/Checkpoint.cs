using System.Text.Json;
using ImageToText.Captioning.Weights.Torch;

namespace ImageToText.Captioning.Weights;

/// <summary>
/// The tensors of a model folder: safetensors or PyTorch's own format, in one file or in the shards of an index.
/// </summary>
internal sealed class Checkpoint
{
    // In the order in which transformers looks for them.
    private static readonly WeightsNames[] Layouts =
    [
        new("model.safetensors", "model.safetensors.index.json", SafetensorsFile.ReadEntries),
        new("pytorch_model.bin", "pytorch_model.bin.index.json", TorchFile.ReadEntries),
    ];

    private readonly Dictionary<string, TensorEntry> _tensors;

    private Checkpoint(string rootFolder, IReadOnlyList<string> files, Dictionary<string, TensorEntry> tensors, TensorNames names)
    {
        RootFolder = rootFolder;
        Files = files;
        Names = names;
        _tensors = tensors;
    }

    /// <summary>A checkpoint without tensors, for graphs without weights.</summary>
    public static Checkpoint Empty { get; } = new("", [], [], new TensorNames());

    /// <summary>The folder that really contains all files.</summary>
    public string RootFolder { get; }

    /// <summary>Real paths of the files.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The table from which the tensors got their names.</summary>
    public TensorNames Names { get; }

    /// <summary>All tensors.</summary>
    public IEnumerable<TensorEntry> All => _tensors.Values;

    /// <summary>The floating-point tensors, in the order of their names.</summary>
    public IEnumerable<TensorEntry> FloatingPoint =>
        _tensors
            .Values.Where(static tensor => tensor.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16)
            .OrderBy(static tensor => tensor.Name, StringComparer.Ordinal);

    /// <summary>Number of floating-point parameters; those that two tensors share count once.</summary>
    public long Parameters =>
        FloatingPoint.DistinctBy(static tensor => (tensor.File, tensor.Offset, tensor.Length)).Sum(static tensor => tensor.Count);

    /// <summary>
    /// Whether a graph can read one of this checkpoint's tensors in place; otherwise <see cref="SettledCheckpoint"/> makes it so.
    /// </summary>
    public bool LiesAsItIs(TensorEntry tensor) => tensor.LiesAsItIs && IsBelow(RootFolder, tensor.File);

    /// <summary>Opens the checkpoint of a model folder.</summary>
    /// <exception cref="ModelFormatException">There is no checkpoint, or it can't be read.</exception>
    public static Checkpoint Open(string folder)
    {
        foreach (var layout in Layouts)
        {
            string single = Path.Combine(folder, layout.Single);
            if (File.Exists(single))
            {
                return FromFiles([RealPath(single)], layout.ReadEntries, layout.Single);
            }

            string index = Path.Combine(folder, layout.Index);
            if (File.Exists(index))
            {
                var shards = ShardNames(index, layout.Index);
                var files = shards.Select(shard => RealPath(ShardPath(folder, shard, layout.Index)));
                return FromFiles([.. files], layout.ReadEntries, [.. shards]);
            }
        }

        string?[] others = Directory
            .EnumerateFiles(folder)
            .Select(Path.GetFileName)
            .Where(name => Path.GetExtension(name) is ".bin" or ".pt" or ".pth" or ".h5" or ".msgpack" or ".onnx")
            .ToArray();
        string found =
            others.Length == 0 ? "" : $" It holds {string.Join(", ", others)}, which can't be read: convert the model to safetensors.";
        var names = Layouts.SelectMany(static layout => new[] { layout.Single, layout.Index });
        throw new ModelFormatException($"Folder {Path.GetFileName(folder)} holds none of {string.Join(", ", names)}.{found}");
    }

    /// <summary>Opens the given safetensors files as one checkpoint.</summary>
    /// <param name="files">Real paths.</param>
    public static Checkpoint FromFiles(IReadOnlyList<string> files) =>
        FromFiles(files, SafetensorsFile.ReadEntries, [.. files.Select(file => Path.GetFileName(file))]);

    /// <summary>The same tensors under the names that the graphs use.</summary>
    /// <exception cref="ModelFormatException">Two tensors would get the same name.</exception>
    public Checkpoint Renamed(TensorNames names)
    {
        var renamed = new Dictionary<string, TensorEntry>(_tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in _tensors.Values)
        {
            string name = names.Canonical(tensor.Name);
            // A tensor that already has the name wins over one that gets it.
            if (name != tensor.Name && _tensors.ContainsKey(name))
            {
                continue;
            }

            if (!renamed.TryAdd(name, tensor with { Name = name }))
            {
                throw new ModelFormatException(
                    $"The checkpoint holds tensor {name} twice, under two spellings; one of them is " + $"{tensor.Name}."
                );
            }
        }

        return new Checkpoint(RootFolder, Files, renamed, Names.Then(names));
    }

    /// <summary>The same checkpoint with some tensors replaced or added.</summary>
    /// <param name="tensors">The other tensors.</param>
    /// <param name="files">Real paths of more files that decide what the tensors are.</param>
    public Checkpoint With(IEnumerable<TensorEntry> tensors, IEnumerable<string> files)
    {
        var all = new Dictionary<string, TensorEntry>(_tensors, StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            all[tensor.Name] = tensor;
        }

        return new Checkpoint(RootFolder, [.. Files, .. files], all, Names);
    }

    /// <summary>Returns whether the tensor exists.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>Finds a tensor whose shape the configuration determines.</summary>
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
                $"Tensor {name} has shape {entry.ShapeText}, but config.json calls for [{string.Join(", ", shape.ToArray())}]."
            );
        }

        return entry.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.I8 or TensorType.U8
            ? entry
            : throw new ModelFormatException($"Tensor {name} is of type {entry.Type}; F32, F16 and BF16 are supported.");
    }

    /// <summary>The tensor, or null.</summary>
    public TensorEntry? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>
    /// How many numbers share a scale in a matrix that is stored in blocks here (<see cref="QuantizedNames.Blocks"/>).
    /// </summary>
    public int BlockSize(string weight) => (int)_tensors[QuantizedNames.Blocks(weight)].Shape[^1];

    /// <summary>The path with every symbolic link resolved: the Hugging Face cache is a folder of links.</summary>
    /// <exception cref="ModelFormatException">A link leads nowhere.</exception>
    public static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full)!;
        string real = root;
        foreach (string part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            var info = new FileInfo(next);
            if (info.LinkTarget is null)
            {
                real = next;
                continue;
            }

            var target = info.ResolveLinkTarget(returnFinalTarget: true);
            real =
                target is { Exists: true } || Directory.Exists(target?.FullName)
                    ? RealPath(target!.FullName)
                    : throw new ModelFormatException(
                        $"{Path.GetFileName(path)} is a link to {info.LinkTarget}, which does not exist. Download " + $"the model again."
                    );
        }

        return real;
    }

    /// <summary>Opens one file of weights under its name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name in the folder, which tells how to read it.</param>
    public static Checkpoint OpenFile(string folder, string name) =>
        FromFiles(
            [RealPath(Path.Combine(folder, name))],
            Path.GetExtension(name) == ".bin" ? TorchFile.ReadEntries : SafetensorsFile.ReadEntries,
            name
        );

    private static Checkpoint FromFiles(
        IReadOnlyList<string> files,
        Func<string, string, IReadOnlyList<TensorEntry>> readEntries,
        params string[] names
    )
    {
        if (files.Count == 0)
        {
            throw new ModelFormatException("The index of the weights names no file.");
        }

        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        // In Hugging Face's cache a file's real name is its hash, so error messages use the name that people know.
        foreach (var entry in files.Zip(names).SelectMany(file => readEntries(file.First, file.Second)))
        {
            tensors[entry.Name] = entry;
        }

        return new Checkpoint(CommonFolder(files), files, tensors, new TensorNames());
    }

    private static IReadOnlyList<string> ShardNames(string index, string indexName)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            return
            [
                .. document
                    .RootElement.GetProperty("weight_map")
                    .EnumerateObject()
                    .Select(property => property.Value.GetString() ?? "")
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{indexName} has no readable weight_map: {exception.Message}", exception);
        }
    }

    private static string ShardPath(string folder, string shard, string indexName)
    {
        if (shard.Length == 0 || shard != Path.GetFileName(shard))
        {
            throw new ModelFormatException($"{indexName} names a shard \"{shard}\", which is not a file of the same folder.");
        }

        string path = Path.Combine(folder, shard);
        return File.Exists(path)
            ? path
            : throw new ModelFormatException($"{indexName} names {shard}, which is not in the folder. Download the model again.");
    }

    private static bool IsBelow(string folder, string file) =>
        file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string CommonFolder(IReadOnlyList<string> files)
    {
        string folder = Path.GetDirectoryName(files[0])!;
        while (files.Any(file => !IsBelow(folder, file)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new ModelFormatException("The checkpoint's shards are on different drives.");
        }

        return folder;
    }

    /// <summary>The names of a checkpoint's files, and how to read them.</summary>
    /// <param name="Single">The file, if there is only one.</param>
    /// <param name="Index">The file that lists the shards, if there are several.</param>
    /// <param name="ReadEntries">Reads a file's table of contents: real path, and the name for error messages.</param>
    private sealed record WeightsNames(string Single, string Index, Func<string, string, IReadOnlyList<TensorEntry>> ReadEntries);
}
