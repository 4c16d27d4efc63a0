using System.Text.RegularExpressions;

namespace ImageToText.Docs.Tests.House;

/// <summary>What the repository must not contain.</summary>
public sealed partial class RepositoryTests
{
    private static readonly string[] TextExtensions =
    [
        ".cs",
        ".csproj",
        ".props",
        ".targets",
        ".json",
        ".md",
        ".sh",
        ".yaml",
        ".yml",
        ".mjs",
        ".js",
        ".ts",
        ".tsx",
        ".css",
        ".html",
        ".svg",
        ".sln",
        ".slnf",
        ".py",
        ".txt",
    ];

    public static TheoryData<string> LockFiles { get; } =
    [
        .. WorkingCopy.Files.Where(static file =>
            Path.GetFileName(file) is "packages.lock.json" or "package-lock.json" or "NuGet.config" or ".npmrc"
        ),
    ];

    [Fact]
    public void No_file_contains_a_machine_specific_path()
    {
        string here = WorkingCopy.Root;
        Assert.All(
            Texts(),
            file =>
            {
                string text = File.ReadAllText(WorkingCopy.PathOf(file));
                Assert.False(text.Contains(here, StringComparison.Ordinal), $"{file} contains {here}.");
                var match = MachinePath().Match(text);
                Assert.False(match.Success, $"{file} contains {match.Value}, a machine-specific path.");
            }
        );
    }

    [Theory]
    [MemberData(nameof(LockFiles))]
    public void Lock_files_name_no_host(string file) =>
        Assert.DoesNotMatch("\"resolved\": \"[a-z+]+://|registry *=|<add [^>]*value=\"http", File.ReadAllText(WorkingCopy.PathOf(file)));

    private static IEnumerable<string> Texts() =>
        WorkingCopy.Files.Where(static file =>
            TextExtensions.Contains(Path.GetExtension(file)) && !file.EndsWith("RepositoryTests.cs", StringComparison.Ordinal)
        );

    // Home folders of people and build machines. "/home/app" is the home folder of .NET's container images.
    [GeneratedRegex(@"(?<![\w.~/-])/(?:Users/\w+/|root/|home/(?!app\b)\w+/|work/|builds/)|\b[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
