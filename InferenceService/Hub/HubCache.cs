namespace ImageToText.InferenceService.Hub;

/// <summary>
/// The folder in which Hugging Face's tools keep models: models--ORG--NAME with blobs (files by hash), snapshots (per commit,
/// links to blobs) and refs (branch or tag to commit).
/// </summary>
public sealed class HubCache(string folder)
{
    private const string ModelPrefix = "models--";

    /// <summary>The cache's folder, which need not exist.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>The snapshot folder of a complete model, or null.</summary>
    public string? FindSnapshot(HubModelReference reference)
    {
        string commit = ReadRef(reference) ?? reference.Revision;
        string snapshot = SnapshotFolder(reference.Id, commit);
        return IsCommit(commit) && HoldsModel(snapshot) ? snapshot : null;
    }

    /// <summary>Every snapshot that holds a config.json and weights.</summary>
    public IReadOnlyList<CachedModel> List()
    {
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        var models = new List<CachedModel>();
        foreach (string? modelFolder in Directory.EnumerateDirectories(Folder, ModelPrefix + "*").Order(StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                models.AddRange(List(modelFolder));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // Another process removed it at this moment, or we may not read it; the others remain.
            }
        }

        return models;
    }

    private static List<CachedModel> List(string modelFolder)
    {
        string id = Path.GetFileName(modelFolder)[ModelPrefix.Length..].Replace("--", "/", StringComparison.Ordinal);
        string snapshots = Path.Combine(modelFolder, "snapshots");
        if (!HubModelReference.TryParse(id, out _) || !Directory.Exists(snapshots))
        {
            return [];
        }

        var refs = ReadRefs(modelFolder);
        return
        [
            .. from snapshot in Directory.EnumerateDirectories(snapshots).Where(HoldsModel).Order(StringComparer.Ordinal)
            let commit = Path.GetFileName(snapshot)
            select new CachedModel(
                id,
                commit,
                [.. refs.Where(r => r.Commit == commit).Select(r => r.Name)],
                snapshot,
                BytesOfSnapshot(snapshot)
            ),
        ];
    }

    /// <summary>Removes one snapshot, its refs and the blobs that no other snapshot links to.</summary>
    /// <returns>Bytes freed.</returns>
    public long Remove(CachedModel model)
    {
        string modelFolder = ModelFolder(model.Id);
        long before = BytesOnDisk(modelFolder);
        Directory.Delete(model.Folder, recursive: true);
        foreach (var (name, commit) in ReadRefs(modelFolder))
        {
            if (commit == model.Commit)
            {
                File.Delete(RefPath(model.Id, name));
            }
        }

        string snapshots = Path.Combine(modelFolder, "snapshots");
        var kept = Directory
            .EnumerateFiles(snapshots, "*", SearchOption.AllDirectories)
            .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file)
            .ToHashSet(StringComparer.Ordinal);
        string blobs = Path.Combine(modelFolder, "blobs");
        if (Directory.Exists(blobs))
        {
            foreach (string blob in Directory.EnumerateFiles(blobs))
            {
                if (!kept.Contains(blob))
                {
                    File.Delete(blob);
                }
            }
        }

        if (Directory.EnumerateDirectories(snapshots).Any())
        {
            return before - BytesOnDisk(modelFolder);
        }

        Directory.Delete(modelFolder, recursive: true);
        return before;
    }

    internal string ModelFolder(string id) => Path.Combine(Folder, ModelPrefix + id.Replace("/", "--", StringComparison.Ordinal));

    internal string BlobPath(string id, string hash) => Path.Combine(ModelFolder(id), "blobs", hash);

    internal string SnapshotFolder(string id, string commit) => Path.Combine(ModelFolder(id), "snapshots", commit);

    internal string RefPath(string id, string revision) => Path.Combine([ModelFolder(id), "refs", .. revision.Split('/')]);

    // The same file that Hugging Face's tools lock, in the same way (flock), so that theirs and ours wait for each other.
    internal string LockPath(string id, string hash) =>
        Path.Combine(Folder, ".locks", ModelPrefix + id.Replace("/", "--", StringComparison.Ordinal), hash + ".lock");

    /// <summary>The size of a file, or of a link's target; a missing one has none.</summary>
    internal static long BytesOf(FileInfo file) =>
        (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file) is { Exists: true } target ? target.Length : 0;

    internal static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    private string? ReadRef(HubModelReference reference)
    {
        try
        {
            return File.ReadAllText(RefPath(reference.Id, reference.Revision)).Trim();
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<(string Name, string Commit)> ReadRefs(string modelFolder)
    {
        string refs = Path.Combine(modelFolder, "refs");
        if (!Directory.Exists(refs))
        {
            return [];
        }

        var found = new List<(string Name, string Commit)>();
        foreach (string file in Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories))
        {
            try
            {
                found.Add((Path.GetRelativePath(refs, file).Replace('\\', '/'), File.ReadAllText(file).Trim()));
            }
            catch (IOException)
            {
                // A file that is being written has another name until it is complete.
            }
        }

        return found;
    }

    // A link to a missing blob does not count: File.Exists follows links.
    private static bool HoldsModel(string snapshot) =>
        File.Exists(Path.Combine(snapshot, HubFiles.Config)) && HubFiles.Forms.Any(form => File.Exists(Path.Combine(snapshot, form.File)));

    private static long BytesOnDisk(string folder) =>
        new DirectoryInfo(folder)
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.LinkTarget is null)
            .Sum(file => file.Length);

    private static long BytesOfSnapshot(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(BytesOf);
}

/// <summary>A model in the hub cache.</summary>
/// <param name="Id">ORG/NAME.</param>
/// <param name="Commit">The commit, 40 hex digits.</param>
/// <param name="Refs">Branches and tags that point to it.</param>
/// <param name="Folder">The snapshot folder.</param>
/// <param name="Bytes">Size of its files.</param>
public sealed record CachedModel(string Id, string Commit, IReadOnlyList<string> Refs, string Folder, long Bytes);
