using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace ImageToText.Packaging.Tests;

/// <summary>What the command-line packages contain: one per system, with that system's native libraries.</summary>
[Collection(nameof(Packages))]
public sealed class ToolPackageTests(PackageFeed feed)
{
    /// <summary>The systems, sorted by name.</summary>
    internal static readonly string[] Systems = ["linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64"];

    public static TheoryData<string> EverySystem { get; } = [.. Systems];

    [Theory]
    [MemberData(nameof(EverySystem))]
    public void A_systems_package_has_the_starter_and_only_its_own_native_libraries(string system)
    {
        using var package = new Package(feed, $"ImageToText.{system}");
        string root = $"tools/net10.0/{system}/";
        string[] libraries = system.Split('-')[0] switch
        {
            "linux" => ["libonnxruntime.so", "libvips.so.42", "libSkiaSharp.so", "libe_sqlite3.so"],
            "osx" => ["libonnxruntime.dylib", "libvips.42.dylib", "libSkiaSharp.dylib", "libe_sqlite3.dylib"],
            _ => ["onnxruntime.dll", "libvips-42.dll", "libSkiaSharp.dll", "e_sqlite3.dll"],
        };
        Assert.All(
            libraries,
            library =>
            {
                Assert.Contains(root + library, package.Files);
                Assert.Contains(system, NativeLibrary.Systems(package.Read(root + library)));
            }
        );
        Assert.Contains(root + "models/starter/model.safetensors", package.Files);
        Assert.Contains(root + "ImageToText.Standalone.dll", package.Files);
        Assert.Contains("README.md", package.Files);
        Assert.Contains("THIRD-PARTY-NOTICES.md", package.Files);
        Assert.True(package.HasSymbols(root + "ImageToText.Standalone.dll"));
        Assert.DoesNotContain(package.Files, static file => Path.GetExtension(file) is ".pdb" or ".lib" or ".a");
        Assert.DoesNotContain(package.Files, static file => file.Contains("appsettings", StringComparison.OrdinalIgnoreCase));
        // A program built for the packing machine would run on no other.
        Assert.DoesNotContain(package.Files, static file => Path.GetExtension(file) == ".exe");
        Assert.DoesNotContain(root + "ImageToText.Gateway", package.Files);
    }

    [Fact]
    public void Code_that_runs_at_startup_is_precompiled()
    {
        string system = RuntimeInformation.RuntimeIdentifier;
        Assert.SkipUnless(Systems.Contains(system) && system != "win-arm64", $"Nothing is precompiled for {system}.");
        using var package = new Package(feed, $"ImageToText.{system}");
        Assert.All(
            (string[])["ImageToText.Standalone", "ImageToText.Gateway", "ImageToText.Captioning", "Garnet.server", "Yarp.ReverseProxy"],
            assembly => Assert.True(package.IsCompiled($"tools/net10.0/{system}/{assembly}.dll"), assembly)
        );
    }

    [Fact]
    public void The_installed_package_names_the_command_and_every_system()
    {
        using var package = new Package(feed, "ImageToText");
        string file = package.Files.Single(static file => file.EndsWith("DotnetToolSettings.xml", StringComparison.Ordinal));
        var settings = XDocument.Load(new MemoryStream(package.Read(file)));
        Assert.Equal("imagetotext", settings.Descendants("Command").Single().Attribute("Name")!.Value);
        var systems = settings
            .Descendants("RuntimeIdentifierPackage")
            .Select(static element => element.Attribute("RuntimeIdentifier")!.Value);
        Assert.Equal(Systems, systems.Order(StringComparer.Ordinal));
    }
}
