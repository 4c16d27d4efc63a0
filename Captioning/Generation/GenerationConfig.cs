using Microsoft.Extensions.Logging;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// A model folder's generation settings: generation_config.json or, without it, the same keys in config.json. Null where it says
/// nothing.
/// </summary>
/// <remarks>Names and meanings are those of transformers' GenerationConfig. Other keys are ignored.</remarks>
internal sealed record GenerationConfig
{
    public const string FileName = "generation_config.json";

    public int? MaxNewTokens { get; init; }

    /// <summary>Start ids and new tokens together; used if <see cref="MaxNewTokens"/> is missing.</summary>
    public int? MaxLength { get; init; }

    public int? MinNewTokens { get; init; }

    /// <summary>Start ids and new tokens together; used if <see cref="MinNewTokens"/> is missing.</summary>
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

    /// <summary>Settings that can't be honoured, and what happens instead; for the log.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads the folder's files; everything they don't say is null.</summary>
    /// <exception cref="ModelFormatException">Not valid JSON, or a value of the wrong kind; names the file and the line or key.</exception>
    public static GenerationConfig Read(string folder)
    {
        using var sections = GenerationSections.Open(folder, alwaysConfig: false);
        var wishes = new GenerationWishes(sections);
        return new GenerationConfig
        {
            MaxNewTokens = wishes.Integer(GenerationLimits.MaxNewTokens),
            MaxLength = wishes.MaxLength(),
            MinNewTokens = wishes.Integer(GenerationLimits.MinNewTokens),
            MinLength = wishes.MinLength(),
            NumBeams = wishes.Integer(GenerationLimits.NumBeams),
            NumReturnSequences = wishes.Integer(GenerationLimits.NumReturnSequences),
            LengthPenalty = wishes.Number(GenerationLimits.LengthPenalty),
            RepetitionPenalty = wishes.Number(GenerationLimits.RepetitionPenalty),
            NoRepeatNgramSize = wishes.Integer(GenerationLimits.NoRepeatNgramSize),
            DoSample = wishes.Flag(GenerationLimits.DoSample),
            Temperature = wishes.Number(GenerationLimits.Temperature),
            TopK = wishes.Integer(GenerationLimits.TopK),
            TopP = wishes.Number(GenerationLimits.TopP),
            EarlyStopping = wishes.EarlyStopping(),
            Warnings = wishes.Warnings,
        };
    }

    /// <summary>Logs which of the folder's settings can't be honoured.</summary>
    public void Report(ILogger logger)
    {
        foreach (string warning in Warnings)
        {
            GenerationLog.WishNotMet(logger, warning);
        }
    }
}
