using System.Diagnostics;

namespace ImageToText.Pages.Tests;

/// <summary>The built pages are committed. They must match the sources, and the sources must pass their checks.</summary>
public sealed class WorkspaceTests
{
    internal static readonly string Web = Path.Combine(Repository.Root, "Web");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_built_pages_match_the_sources()
    {
        SkipWithoutPackages();
        using var folder = new TemporaryFolder();
        await RunAsync("run", "build", "--", "--outDir", folder.Path, "--logLevel", "warn");
        string built = Path.Combine(Repository.Root, "Gateway", "Pages", "Built");
        Assert.Equal(Files(built), Files(folder.Path));
        foreach (string name in Files(built))
        {
            var (committed, now) = (Path.Combine(built, name), Path.Combine(folder.Path, name));
            Assert.True(
                File.ReadAllBytes(committed).AsSpan().SequenceEqual(File.ReadAllBytes(now)),
                $"{name} is not what Web/ builds: run 'npm run build' in Web/ and commit Gateway/Pages/Built."
            );
        }
    }

    [Fact]
    public async Task The_sources_pass_their_own_checks()
    {
        SkipWithoutPackages();
        await RunAsync("run", "check");
    }

    private static string[] Files(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file))
                .Order(StringComparer.Ordinal),
        ];

    private static void SkipWithoutPackages() =>
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Web, "node_modules")),
            "The packages of Web/ aren't installed: run 'npm ci' there."
        );

    private static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", arguments)
        {
            WorkingDirectory = Web,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
