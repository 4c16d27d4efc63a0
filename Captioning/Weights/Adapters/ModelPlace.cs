namespace ImageToText.Captioning.Weights.Adapters;

/// <summary>Where a model's files are: in its folder or, if that holds an adapter, with the adapter's base.</summary>
/// <param name="Folder">config.json, the weights, the vocabulary.</param>
/// <param name="AdapterFolder">The adapter to merge; null: none.</param>
internal sealed record ModelPlace(string Folder, string? AdapterFolder)
{
    /// <summary>Finds the files.</summary>
    /// <param name="folder">The folder that was asked for.</param>
    /// <param name="hubCache">The cache of Hugging Face's tools.</param>
    /// <exception cref="ModelFormatException">An adapter's base can't be found.</exception>
    public static ModelPlace Find(string folder, string hubCache)
    {
        if (!File.Exists(Path.Combine(folder, AdapterConfig.FileName)))
        {
            return new ModelPlace(folder, null);
        }

        if (File.Exists(Path.Combine(folder, "config.json")))
        {
            return new ModelPlace(folder, folder);
        }

        var config = AdapterConfig.Read(folder);
        string name =
            config.Base
            ?? throw new ModelFormatException(
                $"{AdapterConfig.FileName} lacks base_model_name_or_path. Put the adapter's files beside " + $"those of its base model."
            );
        // A folder as on the author's machine, beside the adapter or where the program runs; otherwise a name on the hub.
        string?[] places =
        [
            Path.GetFullPath(name, Path.GetFullPath(folder)),
            Path.GetFullPath(name),
            .. Caches(folder, hubCache).Select(cache => Snapshot(cache, name, config.Revision)),
        ];
        string? found = places.FirstOrDefault(place => place is not null && File.Exists(Path.Combine(place, "config.json")));
        return found is not null
            ? new ModelPlace(found, folder)
            : throw new ModelFormatException(
                $"The adapter {Path.GetFileName(folder)} is for the base model {name}, which is neither a folder here nor in the Hugging "
                    + $"Face cache {hubCache}. Pull {name} first."
            );
    }

    // A pulled adapter is itself in a cache: models--ORG--NAME/snapshots/COMMIT.
    private static IEnumerable<string> Caches(string folder, string hubCache)
    {
        var snapshot = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return snapshot.Parent is { Name: "snapshots", Parent.Parent: { } cache } ? [cache.FullName, hubCache] : [hubCache];
    }

    private static string? Snapshot(string cache, string name, string revision)
    {
        string[] parts = name.Split('/');
        if (parts.Length > 2 || !parts.Concat(revision.Split('/')).All(IsPlain))
        {
            return null;
        }

        string model = Path.Combine(cache, $"models--{string.Join("--", parts)}");
        string reference = Path.Combine([model, "refs", .. revision.Split('/')]);
        string commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : revision;
        return commit.Length > 0 && commit.All(char.IsAsciiLetterOrDigit) ? Path.Combine(model, "snapshots", commit) : null;
    }

    private static bool IsPlain(string part) => part is not ("" or "." or "..") && part.IndexOfAny(Path.GetInvalidFileNameChars()) < 0;
}
