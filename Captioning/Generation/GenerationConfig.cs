using System.Text.Json;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Generation;

/// <summary>What a model folder's generation_config.json asks for; null where it says nothing.</summary>
/// <remarks>Names and meanings as in transformers' GenerationConfig. Keys that are not named here are ignored.</remarks>
internal sealed record GenerationConfig
{
    public const string FileName = "generation_config.json";

    public int? MaxNewTokens { get; init; }

    /// <summary>Start ids and new tokens together; counts where <see cref="MaxNewTokens"/> is silent.</summary>
    public int? MaxLength { get; init; }

    public int? MinNewTokens { get; init; }

    /// <summary>Start ids and new tokens together; counts where <see cref="MinNewTokens"/> is silent.</summary>
    public int? MinLength { get; init; }

    public int? NumBeams { get; init; }

    public int? NumReturnSequences { get; init; }

    public float? LengthPenalty { get; init; }

    public float? RepetitionPenalty { get; init; }

    public int? NoRepeatNgramSize { get; init; }

    public bool? DoSample { get; init; }

    public float? Temperature { get; init; }

    public int? TopK { get; init; }

    public float? TopP { get; init; }

    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Reads the folder's file; all null where there is none.</summary>
    /// <exception cref="ModelFormatException">Not valid JSON, or a value out of range; names the file and the line or key.</exception>
    public static GenerationConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using JsonDocument? document = JsonFile.ReadIfPresent(path);
        if (document is null)
        {
            return new GenerationConfig();
        }

        JsonElement root = document.RootElement;
        return new GenerationConfig
        {
            MaxNewTokens = Integer("max_new_tokens", 1),
            MaxLength = Integer("max_length", 1),
            MinNewTokens = Integer("min_new_tokens", 0),
            MinLength = Integer("min_length", 0),
            NumBeams = Integer("num_beams", 1, GenerationDefaults.MaxRows),
            NumReturnSequences = Integer("num_return_sequences", 1, GenerationDefaults.MaxRows),
            LengthPenalty = Number("length_penalty", GenerationLimits.LengthPenalty),
            RepetitionPenalty = Number("repetition_penalty", GenerationLimits.RepetitionPenalty),
            NoRepeatNgramSize = Integer("no_repeat_ngram_size", 0),
            DoSample = JsonFile.GetBoolean(root, path, "do_sample"),
            Temperature = Number("temperature", GenerationLimits.Temperature),
            TopK = Integer("top_k", 0),
            TopP = Number("top_p", GenerationLimits.TopP),
            EarlyStopping = JsonFile.Get(root, path, "early_stopping", "true, false or \"never\"", value => value.ValueKind switch
            {
                JsonValueKind.True => Generation.EarlyStopping.WhenFull,
                JsonValueKind.False => Generation.EarlyStopping.Heuristic,
                JsonValueKind.String when value.ValueEquals("never") => Generation.EarlyStopping.Never,
                _ => (EarlyStopping?)null,
            }),
        };

        int? Integer(string key, int least, int most = int.MaxValue)
        {
            int? value = JsonFile.GetInteger(root, path, key);
            return value is null || (value >= least && value <= most) ? value : throw new ModelFormatException(
                $"{path}: {key} is {value}; {(most == int.MaxValue ? $"at least {least}" : $"{least} to {most}")} is supported.");
        }

        float? Number(string key, NumberRange range)
        {
            float? value = JsonFile.GetNumber(root, path, key);
            return value is null || range.Contains(value.Value) ? value
                : throw new ModelFormatException(FormattableString.Invariant($"{path}: {key} is {value}; {range.Description} is supported."));
        }
    }
}

/// <summary>When a beam search ends before the allowed length; transformers' early_stopping.</summary>
internal enum EarlyStopping
{
    /// <summary>false: when the best running beam, divided by its present length, is worse than the worst finished one.</summary>
    Heuristic,

    /// <summary>true: when as many sequences are finished as there are beams.</summary>
    WhenFull,

    /// <summary>"never": when no running beam can become better than the worst finished one at any length.</summary>
    Never,
}
