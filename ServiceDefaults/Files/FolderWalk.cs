namespace ImageToText.ServiceDefaults.Files;

/// <summary>
/// All files below a folder. A folder that several links lead to is visited once, so links never lead in circles.
/// </summary>
public static class FolderWalk
{
    /// <summary>Returns the files below a folder: first those in its own folders, then those that only links lead to.</summary>
    /// <param name="start">The folder, as it is shown.</param>
    /// <param name="unreadable">Called for each folder that can't be read, with the reason.</param>
    /// <param name="mayEnter">Whether a folder, given without links, may be entered; null: all may.</param>
    public static IEnumerable<string> Files(string start, Action<string, string> unreadable, Func<string, bool>? mayEnter = null)
    {
        ArgumentNullException.ThrowIfNull(unreadable);
        var walked = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Stack<string>([start]);
        var links = new Queue<string>();
        while (folders.TryPop(out string? folder) || links.TryDequeue(out folder))
        {
            string real = Links.RealPath(folder);
            if (!walked.Add(real) || mayEnter?.Invoke(real) == false)
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
