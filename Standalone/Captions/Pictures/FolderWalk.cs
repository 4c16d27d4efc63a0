namespace ImageToText.Standalone.Captions.Pictures;

/// <summary>All files below a folder. A folder that links lead to again is walked once, so that links never lead in circles.</summary>
internal static class FolderWalk
{
    /// <summary>The files below a folder: those of its own folders first, then those that only links lead to.</summary>
    /// <param name="start">The folder, as it is shown.</param>
    /// <param name="unreadable">Hears of each folder that can't be read, with the reason.</param>
    public static IEnumerable<string> Files(string start, Action<string, string> unreadable)
    {
        var walked = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Stack<string>([start]);
        var links = new Queue<string>();
        while (folders.TryPop(out string? folder) || links.TryDequeue(out folder))
        {
            if (!walked.Add(Links.RealPath(folder)))
            {
                continue;
            }

            FileSystemInfo[] entries;
            try
            {
                entries = new DirectoryInfo(folder).GetFileSystemInfos();
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                unreadable(folder, e.Message);
                continue;
            }

            foreach (var entry in entries.OrderBy(static entry => entry.Name, StringComparer.Ordinal))
            {
                string path = Path.Combine(folder, entry.Name);
                if (entry is FileInfo)
                {
                    yield return path;
                }
                else if (entry.LinkTarget is null)
                {
                    folders.Push(path);
                }
                else
                {
                    links.Enqueue(path);
                }
            }
        }
    }
}
