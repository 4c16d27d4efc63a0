using System.Runtime.InteropServices;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// A start takes memory that nothing needs again: what was read of the model, and what the services were built from. It returns
/// to the system once, soon after the start. Neither .NET's heap nor the C library's would do so by itself while nothing happens.
/// </summary>
internal static partial class StartupMemory
{
    // By then the first captions are done.
    private static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    /// <summary>Returns it after a while.</summary>
    /// <param name="end">Completes when the services end; after that nothing is done.</param>
    /// <param name="time">The clock.</param>
    public static async Task GiveBackAsync(Task end, TimeProvider time)
    {
        if (await Task.WhenAny(end, Task.Delay(After, time)) == end)
        {
            return;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
        {
            try
            {
                _ = Trim(0);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library other than glibc.
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
