using System.Runtime.InteropServices;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// A start takes memory that nothing needs again: what was read of the model, what the services were built from, and the code that
/// built them. It returns to the system once, soon after the start. Nothing of it would do so by itself while nothing happens.
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

            CodePages.GiveBack();
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
