using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Standalone.Mcp;

/// <summary>The folders whose pictures may be read. A link does not lead out of them.</summary>
/// <param name="folders">The folders; none: all of them.</param>
internal sealed class PictureFolders(IReadOnlyList<string> folders)
{
    private readonly string[] _real = [.. folders.Select(static folder => Path.TrimEndingDirectorySeparator(Links.RealPath(folder)))];

    /// <summary>Whether the file at <paramref name="path"/> may be read.</summary>
    public bool Hold(string path)
    {
        if (_real.Length == 0)
        {
            return true;
        }

        string real = Links.RealPath(path);
        return _real.Any(folder => real.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", folders);
}
