namespace ImageToText.Captioning.Weights.Adapters;

/// <summary>
/// A PEFT LoRA adapter: small matrices whose products are added to matrices of a base model, and tensors that replace others.
/// </summary>
internal sealed class LoraAdapter
{
    private const string Prefix = "base_model.model.";
    private static readonly string[] Files = ["adapter_model.safetensors", "adapter_model.bin"];

    private readonly string _folder;
    private readonly AdapterConfig _config;
    private readonly Checkpoint _tensors;

    private LoraAdapter(string folder, AdapterConfig config, Checkpoint tensors)
    {
        _folder = folder;
        _config = config;
        _tensors = tensors;
    }

    /// <summary>Reads an adapter's folder.</summary>
    /// <exception cref="ModelFormatException">It lacks a file, or is of a kind that can't be merged.</exception>
    public static LoraAdapter Read(string folder)
    {
        var config = AdapterConfig.Read(folder);
        string file =
            Files.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)))
            ?? throw new ModelFormatException(
                $"The adapter folder {Path.GetFileName(folder)} holds neither {string.Join(" nor ", Files)}."
            );
        return new LoraAdapter(folder, config, Checkpoint.OpenFile(folder, file));
    }

    /// <summary>The base's tensors, with the adapter's changes.</summary>
    /// <param name="checkpoint">The base, with the names that its graphs use.</param>
    /// <param name="isInputsFirst">
    /// Whether a square matrix of the base is [in, out] rather than [out, in]; for others the shape tells.
    /// </param>
    /// <exception cref="ModelFormatException">The adapter belongs to another base.</exception>
    public Checkpoint MergeInto(Checkpoint checkpoint, Func<TensorEntry, bool> isInputsFirst)
    {
        // Whole tensors first: embeddings are saved whole, beside the matrices that are added to them.
        var replaced = Collect(tensor => IsPart(tensor.Name) ? null : Replacement(NameOf(tensor), tensor, checkpoint));
        string config = Checkpoint.RealPath(Path.Combine(_folder, AdapterConfig.FileName));
        var whole = checkpoint.With(replaced.Values, [config, .. _tensors.Files]);
        var added = Collect(tensor => IsPart(tensor.Name) ? Added(tensor, whole, isInputsFirst) : null);
        return replaced.Count + added.Count > 0
            ? whole.With(added.Values, [])
            : throw new ModelFormatException($"The adapter {Path.GetFileName(_folder)} changes nothing.");
    }

    private static bool IsPart(string name) =>
        name.Contains(".lora_", StringComparison.Ordinal) || name.Contains("token_adapter", StringComparison.Ordinal);

    // Files that were saved without PEFT's own function contain the adapter's name.
    private static string NameOf(TensorEntry tensor) =>
        (tensor.Name.StartsWith(Prefix, StringComparison.Ordinal) ? tensor.Name[Prefix.Length..] : tensor.Name).Replace(
            ".default",
            "",
            StringComparison.Ordinal
        );

    private Dictionary<string, TensorEntry> Collect(Func<TensorEntry, TensorEntry?> change)
    {
        var changed = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var tensor in _tensors.All)
        {
            if (!IsFloatingPoint(tensor))
            {
                throw new ModelFormatException(
                    $"The adapter's tensor {tensor.Name} is of type {tensor.Type}; F32, F16 and BF16 are " + $"supported."
                );
            }

            if (change(tensor) is { } entry && !changed.TryAdd(entry.Name, entry))
            {
                throw new ModelFormatException($"The adapter changes {entry.Name} twice, once by {tensor.Name}.");
            }
        }

        return changed;
    }

    // Null: the tensor is the second of a pair.
    private TensorEntry? Added(TensorEntry tensor, Checkpoint checkpoint, Func<TensorEntry, bool> isInputsFirst)
    {
        string name = NameOf(tensor);
        if (Module(name, ".lora_A.weight") is { } module)
        {
            return Pair(module, tensor, Second(tensor, ".lora_A", ".lora_B"), checkpoint, isInputsFirst);
        }

        if (Module(name, ".lora_embedding_A") is { } embedding)
        {
            return Pair(embedding, tensor, Second(tensor, ".lora_embedding_A", ".lora_embedding_B"), checkpoint, static _ => true);
        }

        if (Module(name, ".lora_B.weight") is not null || Module(name, ".lora_embedding_B") is not null)
        {
            _ = name.Contains(".lora_B", StringComparison.Ordinal)
                ? Second(tensor, ".lora_B", ".lora_A")
                : Second(tensor, ".lora_embedding_B", ".lora_embedding_A");
            return null;
        }

        throw new ModelFormatException(
            $"The adapter holds {tensor.Name}, which is not part of plain LoRA. Merge it with PEFT (merge_and_unload) and save the whole "
                + $"model."
        );
    }

    private TensorEntry Pair(
        string module,
        TensorEntry left,
        TensorEntry right,
        Checkpoint checkpoint,
        Func<TensorEntry, bool> isInputsFirst
    )
    {
        var weight = Base($"{module}.weight", left, checkpoint);
        int rank = _config.RankOf(module);
        if (
            left.Shape.Count < 2
            || left.Shape[0] != rank
            || right.Shape.Count < 2
            || right.Shape[1] != rank
            || right.Shape.Skip(2).Any(static side => side != 1)
        )
        {
            throw new ModelFormatException(
                $"The adapter's matrices of {module} are {left.ShapeText} and {right.ShapeText}, which does not fit the rank {rank} of "
                    + $"{AdapterConfig.FileName}."
            );
        }

        // A convolution's are [rank, in, height, width] and [out, rank, 1, 1].
        long[] outputsFirst = [right.Shape[0], .. left.Shape.Skip(1)];
        bool fits = weight.Shape.SequenceEqual(outputsFirst);
        bool fitsOnItsSide = outputsFirst.Length == 2 && weight.Shape.SequenceEqual(outputsFirst.Reverse());
        if (!fits && !fitsOnItsSide)
        {
            throw new ModelFormatException(
                $"The adapter adds {TensorEntry.Describe(outputsFirst)} to {weight.Name}, which is {weight.ShapeText}: it was made for "
                    + $"another base model."
            );
        }

        // If a square matrix leaves it open, the architecture knows. The adapter's own statement is about its last module only.
        bool inputsFirst = fits && fitsOnItsSide ? isInputsFirst(weight) : fitsOnItsSide;
        return weight with { Change = new LoraChange(left, right, _config.ScaleOf(module), inputsFirst) };
    }

    // modules_to_save and saved embeddings: whole tensors.
    private static TensorEntry Replacement(string name, TensorEntry tensor, Checkpoint checkpoint)
    {
        string plain = name.Replace(".modules_to_save", "", StringComparison.Ordinal).Replace(".base_layer", "", StringComparison.Ordinal);
        var replaced = Base(plain, tensor, checkpoint);
        return replaced.Shape.SequenceEqual(tensor.Shape)
            ? tensor with
            {
                Name = replaced.Name,
            }
            : throw new ModelFormatException(
                $"The adapter puts {tensor.ShapeText} in the place of {replaced.Name}, which is {replaced.ShapeText}: it was made for "
                    + $"another base model, or for another vocabulary."
            );
    }

    private static TensorEntry Base(string name, TensorEntry tensor, Checkpoint checkpoint)
    {
        string canonical = checkpoint.Names.Canonical(name);
        return checkpoint.Find(canonical) is { } found && IsFloatingPoint(found)
            ? found
            : throw new ModelFormatException($"The adapter's {tensor.Name} changes {canonical}, which the base model does not have.");
    }

    private TensorEntry Second(TensorEntry tensor, string part, string otherPart) =>
        _tensors.Find(tensor.Name.Replace(part, otherPart, StringComparison.Ordinal))
        ?? throw new ModelFormatException($"The adapter holds {tensor.Name}, but not its {otherPart[1..]}.");

    private static string? Module(string name, string ending) =>
        name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : null;

    private static bool IsFloatingPoint(TensorEntry tensor) => tensor.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16;
}
