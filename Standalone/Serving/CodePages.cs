using System.Globalization;
using System.Runtime.InteropServices;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// The pages of assemblies and native libraries in this process's memory; most of them only the start needed. Given back, they are
/// read from their files again when somebody needs them. Only on Linux.
/// </summary>
internal static partial class CodePages
{
    // MADV_PAGEOUT. Unlike MADV_DONTNEED it loses nothing if a mapping changes after it was looked at. Linux has it since 5.4.
    private const int PageOut = 21;

    /// <summary>Gives them back. If the system refuses, they stay, which harms nothing.</summary>
    public static void GiveBack()
    {
        foreach (var (start, length) in Unwritten(File.ReadLines("/proc/self/smaps")))
        {
            _ = Advise((nint)start, (nuint)length, PageOut);
        }
    }

    /// <summary>
    /// Finds the mappings of assemblies and libraries that can't be written and never were. They hold nothing that the file doesn't.
    /// </summary>
    /// <param name="smaps">The lines of <c>/proc/PID/smaps</c>.</param>
    internal static IEnumerable<(long Start, long Length)> Unwritten(IEnumerable<string> smaps)
    {
        (long Start, long Length)? code = null;
        foreach (string line in smaps)
        {
            if (char.IsAsciiHexDigitLower(line[0]))
            {
                code = IsCode(line) ? Range(line) : null;
            }
            else if (code is { } found && line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                // Otherwise pages were changed after they were read, as when a library is moved.
                if (line.EndsWith(" 0 kB", StringComparison.Ordinal))
                {
                    yield return found;
                }

                code = null;
            }
        }
    }

    // "7f1c5a200000-7f1c5a400000 r-xp 00001000 fe:00 1234    /usr/share/dotnet/System.Private.CoreLib.dll"
    private static bool IsCode(string mapping)
    {
        int path = mapping.IndexOf('/', StringComparison.Ordinal);
        if (path < 0 || mapping[mapping.IndexOf(' ', StringComparison.Ordinal) + 2] == 'w')
        {
            return false;
        }

        var file = Path.GetFileName(mapping.AsSpan(path));
        return !file.EndsWith(" (deleted)", StringComparison.Ordinal) && IsCodeFile(file);
    }

    private static bool IsCodeFile(ReadOnlySpan<char> file) =>
        file.EndsWith(".dll", StringComparison.Ordinal)
        || file.EndsWith(".so", StringComparison.Ordinal)
        || file.Contains(".so.", StringComparison.Ordinal);

    private static (long Start, long Length) Range(string mapping)
    {
        int to = mapping.IndexOf('-', StringComparison.Ordinal);
        long start = long.Parse(mapping.AsSpan(0, to), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        long end = long.Parse(
            mapping.AsSpan(to + 1, mapping.IndexOf(' ', StringComparison.Ordinal) - to - 1),
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture
        );
        return (start, end - start);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
