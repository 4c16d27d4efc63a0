using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Weights.Adapters;

/// <summary>adapter_config.json of a PEFT adapter that can be merged: LoRA in its plain form.</summary>
internal sealed record AdapterConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "adapter_config.json";

    // Each of these changes what the adapter's matrices mean, or adds something that is not a matrix.
    private static readonly (string Key, string Kind)[] OtherKinds =
    [
        ("use_dora", "DoRA"),
        ("use_qalora", "QALoRA"),
        ("use_bdlora", "block-diagonal LoRA"),
        ("kasa_config", "KaSA"),
        ("monteclora_config", "Monteclora"),
        ("arrow_config", "Arrow"),
        ("alora_invocation_tokens", "activated LoRA"),
        ("lora_bias", "a bias of the adapter's own"),
        ("trainable_token_indices", "trained tokens"),
        ("layer_replication", "replicated layers"),
        ("target_parameters", "parameters without a module"),
        ("megatron_config", "Megatron's layers"),
    ];

    // The others write the starting point of the training into the base's weights.
    private static readonly string[] Initializations = ["gaussian", "eva", "orthogonal"];

    /// <summary>The base model: a folder, or its name on the hub.</summary>
    public required string? Base { get; init; }

    /// <summary>The base's revision on the hub.</summary>
    public required string Revision { get; init; }

    private int Rank { get; init; }

    private double Alpha { get; init; }

    private bool IsRankStabilized { get; init; }

    private IReadOnlyList<(Regex Module, double Value)> Ranks { get; init; } = [];

    private IReadOnlyList<(Regex Module, double Value)> Alphas { get; init; } = [];

    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelFormatException">It is not there, can't be read, or describes a kind that is not merged.</exception>
    public static AdapterConfig Read(string folder)
    {
        using var document =
            JsonFile.ReadIfPresent(Path.Combine(folder, FileName))
            ?? throw new ModelFormatException($"The adapter folder {Path.GetFileName(folder)} lacks {FileName}.");
        var json = document.RootElement;
        RefuseOtherKinds(json);
        return new AdapterConfig
        {
            Base = Text(json, "base_model_name_or_path"),
            Revision = Text(json, "revision") ?? "main",
            Rank = (int)(Number(json, "r") ?? throw new ModelFormatException($"{FileName} lacks r, the rank.")),
            Alpha = Number(json, "lora_alpha") ?? throw new ModelFormatException($"{FileName} lacks lora_alpha."),
            IsRankStabilized = IsSet(json, "use_rslora"),
            Ranks = Patterns(json, "rank_pattern"),
            Alphas = Patterns(json, "alpha_pattern"),
        };
    }

    /// <summary>The rank of a module's matrices.</summary>
    public int RankOf(string module) => (int)(Find(Ranks, module) ?? Rank);

    /// <summary>The factor for the product of a module's matrices.</summary>
    public double ScaleOf(string module)
    {
        int rank = RankOf(module);
        return (Find(Alphas, module) ?? Alpha) / (IsRankStabilized ? Math.Sqrt(rank) : rank);
    }

    private static void RefuseOtherKinds(JsonElement json)
    {
        string? type = Text(json, "peft_type");
        if (type != "LORA")
        {
            throw Refuse($"peft_type is {type ?? "missing"}");
        }

        foreach (var (key, kind) in OtherKinds)
        {
            if (IsSet(json, key))
            {
                throw Refuse($"{key} asks for {kind}");
            }
        }

        if (Text(json, "bias") is { } bias and not "none")
        {
            throw Refuse($"bias is \"{bias}\"");
        }

        if (Text(json, "init_lora_weights") is { } start && !Initializations.Contains(start))
        {
            throw Refuse($"init_lora_weights is \"{start}\", which changes the base's weights too");
        }
    }

    // Present, and not null, false, zero or empty.
    private static bool IsSet(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value)
        && value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.String => true,
            JsonValueKind.Number => value.GetDouble() != 0,
            JsonValueKind.Array => value.GetArrayLength() > 0,
            JsonValueKind.Object => value.EnumerateObject().Any(),
            _ => false,
        };

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text.Any(char.IsControl)
                ? throw new ModelFormatException($"{FileName}: {key} contains characters that names never contain.")
                : text
            : null;

    private static double? Number(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind is not JsonValueKind.Null ? Positive(value, key) : null;

    private static double Positive(JsonElement value, string key) =>
        value.ValueKind is JsonValueKind.Number && value.GetDouble() is > 0 and < 1e6 and var number
            ? number
            : throw new ModelFormatException($"{FileName}: {key} is {value.GetRawText()}; a positive number is expected.");

    // A key is the end of a module's name, or a regular expression for it.
    private static List<(Regex Module, double Value)> Patterns(JsonElement json, string key)
    {
        var patterns = new List<(Regex, double)>();
        if (!json.TryGetProperty(key, out var value) || value.ValueKind is not JsonValueKind.Object)
        {
            return patterns;
        }

        foreach (var property in value.EnumerateObject())
        {
            try
            {
                // Linear in the length of a name, whatever a stranger wrote.
                var module = new Regex($"^(?:.*\\.)?(?:{property.Name})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                patterns.Add((module, Positive(property.Value, $"{key}: {property.Name}")));
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                throw new ModelFormatException(
                    $"{FileName}: {key} has the pattern {property.Name}, which can't be read: " + $"{exception.Message}",
                    exception
                );
            }
        }

        return patterns;
    }

    private static double? Find(IReadOnlyList<(Regex Module, double Value)> patterns, string module)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (pattern.IsMatch(module))
            {
                return value;
            }
        }

        return null;
    }

    private static ModelFormatException Refuse(string found) =>
        new($"{FileName}: {found}; plain LoRA adapters are merged. Merge this one with PEFT (merge_and_unload) and save the whole model.");
}
