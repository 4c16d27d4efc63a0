using System.Diagnostics;
using System.Globalization;

namespace ImageToText.AppHost.Tests.Running;

/// <summary>The processes that an application has started, as Linux reports them. On other systems none are found.</summary>
internal static class ProcessTree
{
    /// <summary>Processes that descend from a process or from a program that watches it, such as Aspire's orchestrator.</summary>
    public static IReadOnlyList<Process> BelowOrWatching(int id)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        var parents = new Dictionary<int, int>();
        var found = new HashSet<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            {
                continue;
            }

            try
            {
                // "PID (NAME) STATE PARENT …", where the name may contain anything.
                string status = File.ReadAllText(Path.Combine(folder, "stat"));
                parents[process] = int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
                string[] words = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0');
                if (words.Zip(words.Skip(1)).Any(pair => pair == ("--monitor", id.ToString(CultureInfo.InvariantCulture))))
                {
                    found.Add(process);
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended in the meantime.
            }
        }

        found.UnionWith(parents.Where(pair => pair.Value == id).Select(static pair => pair.Key));
        for (int before = 0; before != found.Count; )
        {
            before = found.Count;
            found.UnionWith(parents.Where(pair => found.Contains(pair.Value)).Select(static pair => pair.Key));
        }

        return [.. found.Select(Find).OfType<Process>()];
    }

    /// <summary>Waits until all of them have ended.</summary>
    /// <exception cref="InvalidOperationException">Some are still running.</exception>
    public static async Task WaitForEndAsync(IReadOnlyList<Process> processes, TimeSpan atMost)
    {
        using var enough = new CancellationTokenSource(atMost);
        foreach (var process in processes)
        {
            try
            {
                await process.WaitForExitAsync(enough.Token);
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException(
                    "Processes outlived the application: "
                        + string.Join(
                            ", ",
                            processes.Where(static one => !one.HasExited).Select(static one => $"{one.Id} {one.ProcessName}")
                        )
                );
            }
        }
    }

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
