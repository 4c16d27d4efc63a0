using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Models;

/// <summary>Where a model was found.</summary>
internal enum ModelSource
{
    /// <summary>It is in the configuration.</summary>
    Configured,

    /// <summary>It came with the program.</summary>
    Starter,

    /// <summary>It is in the models folder.</summary>
    Folder,

    /// <summary>It is in the Hugging Face hub cache.</summary>
    Hub,
}

/// <summary>A model on disk and how to run it.</summary>
internal sealed record StoredModel
{
    public required string Id { get; init; }

    /// <summary>Null: the configuration has the id, but no folder does.</summary>
    public required string? Path { get; init; }

    /// <summary>For an adapter, the folder of its base model; otherwise null.</summary>
    public string? BasePath { get; init; }

    public required ModelSource Source { get; init; }

    public required bool Warm { get; init; }

    public Precision? Precision { get; init; }

    public bool Gray { get; init; }

    public bool? Tiles { get; init; }

    public ProviderChoice? Provider { get; init; }

    /// <summary>The languages that the configuration names; empty: none.</summary>
    public IReadOnlyList<string> ConfiguredLanguages { get; init; } = [];

    /// <summary>
    /// The size of its weights files, which is the least that it takes. A missing or unreadable file counts as nothing; loading
    /// it reports the problem.
    /// </summary>
    public long WeightBytes
    {
        get
        {
            try
            {
                return ((string?[])[Path, BasePath]).OfType<string>().Where(Directory.Exists).Sum(WeightBytesOf);
            }
            catch (Exception away) when (away is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>What it does with a prompt; null: there is no config.json, or it can't be run.</summary>
    public PromptHandling? PromptUse => (BasePath ?? Path) is { } folder ? ModelVerdict.Of(folder).PromptUse : null;

    /// <summary>The languages that it writes: as configured, or as its card says; empty: nobody says.</summary>
    public IReadOnlyList<string> Languages =>
        ConfiguredLanguages.Count > 0 ? ConfiguredLanguages
        : (BasePath ?? Path) is { } folder ? ModelFamilies.LanguagesOf(folder)
        : [];

    /// <summary>How it would cut pictures into tiles; null: it would not.</summary>
    public TileRule? PictureTiles => (BasePath ?? Path) is { } folder ? ModelFamilies.TilesOf(folder, Tiles) : null;

    private static long WeightBytesOf(string path)
    {
        var folder = new DirectoryInfo(path);
        return folder.EnumerateFiles("*.safetensors").Sum(HubCache.BytesOf) is > 0 and var bytes
            ? bytes
            : folder.EnumerateFiles("pytorch_model*.bin").Sum(HubCache.BytesOf);
    }
}
