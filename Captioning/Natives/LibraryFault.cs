using System.Reflection;
using System.Runtime.InteropServices;

namespace ImageToText.Captioning.Natives;

/// <summary>Why a native library can't be used, in one line; the loader's message takes many.</summary>
internal static class LibraryFault
{
    /// <summary>Names the library, the reason, this system and the supported ones.</summary>
    /// <param name="library">The library's name, for people.</param>
    /// <param name="exception">What its first use threw.</param>
    public static string Describe(string library, Exception exception) =>
        $"{library} can't be loaded on this system ({RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.OSDescription}): "
        + $"{Reason(exception)}. Supported are {string.Join(", ", EngineLibraries.SupportedSystems)}, on Linux with glibc 2.28 or newer.";

    private static string Reason(Exception exception)
    {
        // Only the inner exception tells which library it was.
        while (exception is TypeInitializationException or TargetInvocationException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        string[] lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // There is a line for each place that was searched. The useful one is about a file that exists.
        string[] places = lines.Skip(1).Where(static line => line.Contains(": ", StringComparison.Ordinal)).ToArray();
        if (places.Length == 0)
        {
            return lines[0].TrimEnd('.');
        }

        if (places.FirstOrDefault(static line => File.Exists(Place(line))) is { } unfit)
        {
            return unfit.TrimEnd('.');
        }

        string[] names = places.Select(static line => Path.GetFileName(Place(line))).ToArray();
        return $"{names.FirstOrDefault(static name => name.StartsWith("lib", StringComparison.Ordinal)) ?? names[0]} was not found";
    }

    private static string Place(string line) => line[..line.IndexOf(": ", StringComparison.Ordinal)];
}
