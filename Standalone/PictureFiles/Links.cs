namespace ImageToText.Standalone.PictureFiles;

/// <summary>Resolves symbolic links.</summary>
internal static class Links
{
    /// <summary>Returns a folder's path without links, including those in its parents.</summary>
    /// <param name="folder">The folder.</param>
    public static string RealPath(string folder)
    {
        string path = Path.GetFullPath(folder);
        string real = Path.GetPathRoot(path)!;
        foreach (string part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(real, part));
            try
            {
                real = next.ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : next.FullName;
            }
            catch (IOException)
            {
                // A link to itself leads nowhere.
                real = next.FullName;
            }
        }

        return real;
    }
}
