using System.Diagnostics;
using System.Reflection;

namespace ImageToText.Docs.Tests;

/// <summary>The working copy that these tests were built from.</summary>
internal static class WorkingCopy
{
    public static string Root { get; } = Repository.Root;

    /// <summary>The build configuration of the tests and what they run.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>The compiler of the SDK that built the tests.</summary>
    public static string Compiler { get; } = Metadata("Compiler");

    /// <summary>Pages that people read: the README files and all of docs/.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        "README.md",
        "CHANGELOG.md",
        "THIRD-PARTY-NOTICES.md",
        .. Directory
            .EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(Relative)
            .Order(StringComparer.Ordinal),
        .. ((string[])["samples", "models", "tests", "deploy", "bench"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "README.md", SearchOption.AllDirectories))
            .Select(Relative)
            .Where(path => !path.Contains("/node_modules/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Pages with commands for readers to run.</summary>
    public static IEnumerable<string> PagesWithCommands =>
        Pages.Where(static page => page == "README.md" || page.StartsWith("docs/", StringComparison.Ordinal));

    /// <summary>The files that git tracks or would add with the next commit, as paths from the root.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string[] ListFiles()
    {
        using var git = Process.Start(
            new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            {
                WorkingDirectory = Root,
                RedirectStandardOutput = true,
            }
        )!;
        string listed = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return [.. listed.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(PathOf(file)))];
    }

    private static string Metadata(string key) =>
        typeof(WorkingCopy).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
