using Microsoft.Extensions.FileSystemGlobbing;

namespace ImageToText.Standalone.Captions;

/// <summary>A picture to caption.</summary>
/// <param name="Path">As it is shown.</param>
/// <param name="Error">Why there is nothing to read; null where there is.</param>
internal readonly record struct PicturePath(string Path, string? Error = null);

/// <summary>Turns what was typed (files, folders, globs, "-") into pictures, in the order typed and by name within each.</summary>
internal static class PicturePaths
{
    /// <summary>Standard input.</summary>
    public const string Input = "-";

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".gif",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".avif",
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
            return Found(
                Directory
                    .EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
                    .Where(file => Extensions.Contains(Path.GetExtension(file))),
                $"{path}: no pictures in this folder ({string.Join(' ', Extensions)})"
            );
        }

        return IsGlob(path) ? Found(Matches(path), $"{path}: no file matches") : [new PicturePath(path, $"{path}: no such file or folder")];
    }

    private static PicturePath[] Found(IEnumerable<string> files, string none)
    {
        var sorted = files.Order(StringComparer.Ordinal).Select(file => new PicturePath(file)).ToArray();
        return sorted.Length > 0 ? sorted : [new PicturePath("", none)];
    }

    private static bool IsGlob(string path) => path.Contains('*', StringComparison.Ordinal);

    private static IEnumerable<string> Matches(string glob)
    {
        // Up to the first part with a star it is a plain folder.
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
        return matcher.GetResultsInFullPath(start).Select(file => Path.Combine(folder, Path.GetRelativePath(start, file)));
    }
}
