namespace ImageToText.ServiceDefaults.Files;

/// <summary>Resolves symbolic links.</summary>
public static class Links
{
    /// <summary>Returns the path of a folder or a file without links, including those in its parents.</summary>
    /// <param name="folder">The folder or file.</param>
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
