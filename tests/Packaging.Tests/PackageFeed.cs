using System.Reflection;
using System.Runtime.InteropServices;

namespace ImageToText.Packaging.Tests;

/// <summary>The packages, made once for all tests in a folder that serves as a NuGet source, and built separately.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    /// <summary>A version that nobody publishes, so no other package can be mistaken for one of these.</summary>
    public const string Version = "99.0.0-installation";

    private readonly string _scratch = Directory.CreateTempSubdirectory("imagetotext-packages-").FullName;
    private string? _said;

    /// <summary>The folder of the packages.</summary>
    public string Folder => Path.Combine(_scratch, "feed");

    /// <summary>The folder with third-party packages.</summary>
    public static string PackageFolder { get; } =
        typeof(PackageFeed)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static data => data.Key == "PackageFolder")
            .Value!;

    /// <summary>The projects in dependency order.</summary>
    public static IReadOnlyList<string> Projects { get; } = ["ImageHeaders", "Captioning", "Contracts", "Client", "Standalone"];

    public async ValueTask InitializeAsync()
    {
        foreach (string project in Projects)
        {
            var packed = await Command.RunAsync(
                Repository.Root,
                "dotnet",
                [
                    "pack",
                    $"{project}/{project}.csproj",
                    "--artifacts-path",
                    Path.Combine(_scratch, "build"),
                    "--output",
                    Folder,
                    $"-p:Version={Version}",
                    // Precompiling takes a minute per system, so do it only for the current one.
                    $"-p:ReadyToRunSystems={RuntimeInformation.RuntimeIdentifier}",
                    // The build before the tests has checked the code.
                    "-p:RunAnalyzers=false",
                    "-p:EnforceCodeStyleInBuild=false",
                    "-nodeReuse:false",
                ]
            );
            _ = packed.Output;
        }
    }

    /// <summary>The tool as a user gets it in <paramref name="folder"/>. It is installed once, and copied for each user.</summary>
    /// <returns>The program, and what its installation said.</returns>
    public async Task<(string Program, string Said)> InstallAsync(string folder)
    {
        string tools = Path.Combine(_scratch, "installed", "tools");
        if (_said is null)
        {
            string home = NewFolder("installed");
            var installed = await Command.RunAsync(
                home,
                "dotnet",
                ["tool", "install", "ImageToText", "--version", Version, "--tool-path", tools, "--source", Folder],
                // The installation's caches are deleted with the folder.
                new Dictionary<string, string> { ["DOTNET_CLI_HOME"] = home, ["NUGET_PACKAGES"] = Path.Combine(home, "packages") }
            );
            _said = installed.Output;
        }

        Copy(new DirectoryInfo(tools), Path.Combine(folder, "tools"));
        return (Path.Combine(folder, "tools", OperatingSystem.IsWindows() ? "imagetotext.exe" : "imagetotext"), _said);
    }

    /// <summary>A folder with nothing but a NuGet configuration that knows these packages.</summary>
    public string NewFolder(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_scratch, name)).FullName;
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="installation" value="{Folder}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="others" value="{PackageFolder}" />
              </fallbackPackageFolders>
              <config>
                <add key="globalPackagesFolder" value="{Path.Combine(_scratch, "packages")}" />
              </config>
            </configuration>
            """
        );
        return folder;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_scratch, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(to, file.Name));
        }

        foreach (var folder in from.EnumerateDirectories())
        {
            Copy(folder, Path.Combine(to, folder.Name));
        }
    }
}

/// <summary>The package tests share the feed.</summary>
[CollectionDefinition(nameof(Packages))]
public sealed class Packages : ICollectionFixture<PackageFeed>;
