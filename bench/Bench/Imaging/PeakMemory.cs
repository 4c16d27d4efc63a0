using System.Diagnostics;
using System.Globalization;

namespace ImageToText.Bench.Imaging;

/// <summary>How far the process's resident memory rises above its start, by the operating system's high-water mark.</summary>
internal sealed class PeakMemory
{
    private readonly long _before;

    private PeakMemory(long before) => _before = before;

    /// <summary>Collects garbage and resets the mark to what is resident now.</summary>
    public static PeakMemory Start()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        if (OperatingSystem.IsLinux())
        {
            // 5 resets the high-water mark; see proc(5).
            File.WriteAllText("/proc/self/clear_refs", "5");
        }

        return new PeakMemory(Mark());
    }

    /// <summary>Bytes by which the mark has risen since then.</summary>
    public long Growth() => Mark() - _before;

    private static long Mark()
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        const string name = "VmHWM:";
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
    }
}
