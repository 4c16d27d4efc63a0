using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Captioning;

/// <summary>The model families that can run, and whether a model belongs to one; its config.json alone decides.</summary>
public static class ModelFamilies
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [.. ArchitectureList.All.Select(static architecture => architecture.Family)];

    /// <summary>Tells whether a model can run.</summary>
    /// <param name="config">The bytes of its config.json.</param>
    public static ModelSupport Check(ReadOnlyMemory<byte> config)
    {
        ModelFamily? family = null;
        try
        {
            var json = ModelJson.Parse(config, ArchitectureList.ConfigFile);
            var architecture = ArchitectureList.Find(json);
            family = architecture.Family;
            var plan = architecture.Check(json);
            return new ModelSupport(plan) { Family = family, PromptUse = architecture.PromptUseOf(json) };
        }
        catch (ModelFormatException fault)
        {
            return new ModelSupport(plan: null) { Family = family, Reason = fault.Message };
        }
    }

    /// <summary>The file of a model's card, which says which languages it writes.</summary>
    public const string CardFile = ModelCard.File;

    /// <summary>The languages that a model writes, by its card (README.md); empty: it has none, or doesn't say.</summary>
    /// <param name="folder">The model folder.</param>
    public static IReadOnlyList<string> LanguagesOf(string folder) => ModelCard.LanguagesOf(folder);

    /// <summary>How a model would cut pictures into tiles; null: it would not, or its files don't say.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tiles">As <see cref="CaptionerOptions.Tiles"/>.</param>
    public static TileRule? TilesOf(string folder, bool? tiles = null)
    {
        try
        {
            var preparation = PicturePreparation.Read(folder, ImageProcessors.All);
            return (tiles is { } cut ? preparation.Cut(cut) : preparation).Tiling;
        }
        catch (Exception fault) when (fault is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            // Loading it reports the problem.
            return null;
        }
    }
}

/// <summary>A family of checkpoints.</summary>
public sealed record ModelFamily
{
    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The values of model_type in config.json.</summary>
    public required IReadOnlyList<string> ModelTypes { get; init; }

    /// <summary>A well-known checkpoint of the family.</summary>
    public required string Example { get; init; }

    /// <summary>The files of a model folder of the family besides config.json and the weights.</summary>
    public required IReadOnlyList<ModelFile> Files { get; init; }
}

/// <summary>A part of a model folder.</summary>
/// <param name="Purpose">What it is, for people to read: "the vocabulary".</param>
/// <param name="Names">The files that may contain it. All that a repository has are used.</param>
/// <param name="IsRequired">Whether one of them must exist.</param>
public sealed record ModelFile(string Purpose, IReadOnlyList<string> Names, bool IsRequired = false);

/// <summary>Whether a model can run, according to its config.json.</summary>
public sealed record ModelSupport
{
    private readonly ExecutionPlan? _plan;

    internal ModelSupport(ExecutionPlan? plan) => _plan = plan;

    /// <summary>Whether it can run.</summary>
    public bool IsSupported => Reason is null;

    /// <summary>Why it can't run, and what can; null if it can.</summary>
    public string? Reason { get; init; }

    /// <summary>Its family; null if it belongs to none.</summary>
    public ModelFamily? Family { get; init; }

    /// <summary>What it does with a prompt; null where it can't be run.</summary>
    public PromptHandling? PromptUse { get; init; }

    /// <summary>The input height in pixels; 0 if it can't run.</summary>
    public int ImageHeight => _plan?.ImageHeight ?? 0;

    /// <summary>The input width in pixels; 0 if it can't run.</summary>
    public int ImageWidth => _plan?.ImageWidth ?? 0;

    /// <summary>Number of parameters in use; 0 if it can't run.</summary>
    public long Parameters => _plan?.Parameters ?? 0;

    /// <summary>Bytes that its weights take in a number format; 0 if it can't run.</summary>
    public long WeightBytes(Precision precision) => _plan?.WeightBytes(precision) ?? 0;

    /// <summary>Bytes that it takes with the state of its running batch, estimated from shapes; 0 if it can't run.</summary>
    /// <param name="options">How it would be loaded.</param>
    public long MemoryBytes(CaptionerOptions options) =>
        _plan is null
            ? 0
            : _plan.WeightBytes(options.Precision)
                + (_plan.NumbersPerPicture * sizeof(float) * options.MaxBatchImages)
                + options.EmbeddingBytes;
}
