using Microsoft.Extensions.Logging;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// What a model folder asks of its captions: generation_config.json, or where there is none the same keys in config.json;
/// null where it says nothing.
/// </summary>
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

    /// <summary>Wishes that can't be met, and what is done instead; for the log.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads the folder's files; all null where they say nothing.</summary>
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

    /// <summary>Tells the log which of the folder's wishes can't be met.</summary>
    public void Report(ILogger logger)
    {
        foreach (string warning in Warnings)
        {
            GenerationLog.WishNotMet(logger, warning);
        }
    }
}
