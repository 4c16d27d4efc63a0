using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.FileSystemGlobbing;

namespace ImageToText.Standalone.PictureFiles;

/// <summary>A picture to caption.</summary>
/// <param name="Path">The path, as it is shown.</param>
/// <param name="Error">Why there is nothing to read; null if there is something.</param>
/// <param name="Fault">The kind of <paramref name="Error"/>.</param>
internal readonly record struct PicturePath(string Path, string? Error = null, PictureFault Fault = PictureFault.Unreadable)
{
    /// <summary>Whether an earlier run wrote its caption.</summary>
    public bool IsDone { get; init; }

    /// <summary>Whether to caption it.</summary>
    public bool IsWanted => Error is null && !IsDone;
}

/// <summary>
/// Turns what was typed (files, folders, globs, "-") into pictures, in the order typed and sorted by name within each.
/// </summary>
internal static class PicturePaths
{
    /// <summary>Standard input.</summary>
    public const string Input = "-";

    // These are pictures all the same, and whoever captions a folder should learn that they were left out.
    private static readonly HashSet<string> UnknownKinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ".svg",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".orf",
        ".raf",
        ".rw2",
    };

    public static IEnumerable<PicturePath> Expand(IEnumerable<string> typed) => typed.SelectMany(Expand);

    /// <summary>Whether this can only mean one picture.</summary>
    public static bool IsOne(IReadOnlyList<string> typed) =>
        typed is [var path] && (path == Input || (!Directory.Exists(path) && (File.Exists(path) || !IsGlob(path))));

    private static IEnumerable<PicturePath> Expand(string path)
    {
        if (path == Input || File.Exists(path))
        {
            return [new PicturePath(path)];
        }

        if (Directory.Exists(path))
        {
            return Below(path);
        }

        return IsGlob(path)
            ? Found([.. Matches(path).Select(static file => new PicturePath(file))], $"{path}: no file matches")
            : [new PicturePath(path, $"{path}: no such file or folder")];
    }

    private static PicturePath[] Below(string folder)
    {
        var found = new List<PicturePath>();
        foreach (
            string file in FolderWalk.Files(folder, (unreadable, why) => found.Add(new PicturePath(unreadable, $"{unreadable}: {why}")))
        )
        {
            string extension = Path.GetExtension(file);
            if (PictureExtensions.Known.Contains(extension))
            {
                found.Add(new PicturePath(file));
            }
            else if (UnknownKinds.Contains(extension))
            {
                string error = $"{file}: {extension[1..].ToUpperInvariant()} pictures are not supported. Convert it to JPEG or PNG.";
                found.Add(new PicturePath(file, error, PictureFault.UnknownKind));
            }
        }

        return Found(found, $"{folder}: no pictures in this folder ({string.Join(' ', PictureExtensions.Known)})");
    }

    private static PicturePath[] Found(List<PicturePath> pictures, string none)
    {
        PicturePath[] sorted = [.. pictures.OrderBy(static picture => picture.Path, StringComparer.Ordinal)];
        return sorted.Length > 0 ? sorted : [new PicturePath("", none)];
    }

    private static bool IsGlob(string path) => path.Contains('*', StringComparison.Ordinal);

    private static IEnumerable<string> Matches(string glob)
    {
        // Everything before the first part with a star is a plain folder.
        string[] parts = glob.Replace('\\', Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar, '/');
        string[] fixedParts = parts.TakeWhile(part => !IsGlob(part)).ToArray();
        string folder = string.Join('/', fixedParts);
        if (folder.Length == 0 && fixedParts.Length > 0)
        {
            folder = "/";
        }

        string start = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(start))
        {
            return [];
        }

        var matcher = new Matcher(OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        matcher.AddInclude(string.Join('/', parts.Skip(fixedParts.Length)));
        return matcher
            .Execute(new GlobFolder(new DirectoryInfo(start)))
            .Files.Select(file => Path.Combine(folder, file.Path.Replace('/', Path.DirectorySeparatorChar)));
    }
}
