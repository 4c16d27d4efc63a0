using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;

namespace ImageToText.Standalone.Models;

/// <summary>A model on this machine.</summary>
/// <param name="Id">Its name: starter, ORG/NAME, or the folder's name.</param>
/// <param name="Folder">Its folder.</param>
internal sealed record LocatedModel(string Id, string Folder);

/// <summary>Resolves the value of --model.</summary>
internal static class ModelLocator
{
    public const string Starter = "starter";

    /// <summary>The model that comes with the program.</summary>
    public static string StarterFolder { get; } = Path.Combine(AppContext.BaseDirectory, "models", "starter");

    /// <summary>The sample pictures that come with the program.</summary>
    public static string SamplesFolder { get; } = Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>Finds a folder if there is one, else the starter or a model in the hub cache by its name.</summary>
    /// <exception cref="CommandException">There is no such model; the message says what to do.</exception>
    /// <exception cref="HubException">An environment variable of the hub can't be used.</exception>
    public static LocatedModel Find(string? model) =>
        FindHere(model)
        ?? throw new CommandException(
            $"{model} is neither a folder nor in {HubOptions.FromEnvironment().CacheFolder}. Download it with: models pull {model}"
        );

    /// <summary>Like <see cref="Find"/>; null: the name may be on the hub, but the model is not on this machine.</summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public static LocatedModel? FindHere(string? model)
    {
        if (model is null or Starter)
        {
            return Directory.Exists(StarterFolder)
                ? new LocatedModel(Starter, StarterFolder)
                : throw new CommandException($"The starter model is missing: {StarterFolder} does not exist.");
        }

        if (Directory.Exists(model))
        {
            string folder = Path.GetFullPath(model);
            if (!File.Exists(Path.Combine(folder, "config.json")) && !File.Exists(Path.Combine(folder, AdapterFolder.ConfigFile)))
            {
                throw new CommandException($"{model} is not a model folder: it has neither config.json nor {AdapterFolder.ConfigFile}.");
            }

            return new LocatedModel(NameOf(folder), folder);
        }

        if (!HubModelReference.TryParse(model, out var reference))
        {
            throw new CommandException($"'{model}' is neither a folder nor a model's name (starter, or ORG/NAME on the hub).");
        }

        var cache = new HubCache(HubOptions.FromEnvironment().CacheFolder);
        return cache.FindSnapshot(reference) is { } snapshot ? new LocatedModel(reference.Id, snapshot) : null;
    }

    /// <summary>The folder's name, in characters that a model's name may have.</summary>
    private static string NameOf(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        string plain = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'))
            .TrimStart('.', '-');
        return plain.Length == 0 ? "model" : plain;
    }
}
