namespace ImageToText.Packaging.Tests;

/// <summary>What the library packages contain.</summary>
[Collection(nameof(Packages))]
public sealed class LibraryPackageTests(PackageFeed feed)
{
    [Theory]
    [InlineData("ImageToText.ImageHeaders")]
    [InlineData(
        "ImageToText.Captioning",
        "ImageToText.ImageHeaders",
        "Microsoft.ML.OnnxRuntime",
        "NetVips.Native",
        "SkiaSharp",
        "SkiaSharp.NativeAssets.Linux.NoDependencies"
    )]
    [InlineData("ImageToText.Contracts")]
    [InlineData("ImageToText.Client", "ImageToText.Contracts")]
    public void A_package_has_documentation_symbols_readme_licence_and_dependencies(string id, params string[] needs)
    {
        using var package = new Package(feed, id);
        Assert.Contains($"lib/net10.0/{id}.dll", package.Files);
        Assert.Contains($"lib/net10.0/{id}.xml", package.Files);
        Assert.True(package.HasSymbols($"lib/net10.0/{id}.dll"));
        Assert.Equal("README.md", package.Property("readme"));
        Assert.Contains("README.md", package.Files);
        Assert.Equal("Apache-2.0", package.Property("license"));
        Assert.Contains("LICENSE", package.Files);
        Assert.Contains("THIRD-PARTY-NOTICES.md", package.Files);
        Assert.False(string.IsNullOrWhiteSpace(package.Property("description")));
        Assert.Equal(PackageFeed.Version, package.Property("version"));
        Assert.Empty(needs.Except(package.Dependencies));
        // Users of the package don't get build-only dependencies.
        Assert.DoesNotContain("Grpc.Tools", package.Dependencies);
    }

    [Fact]
    public void No_package_is_forgotten() =>
        Assert.Equal(
            [
                "ImageToText",
                "ImageToText.Captioning",
                "ImageToText.Client",
                "ImageToText.Contracts",
                "ImageToText.ImageHeaders",
                .. ToolPackageTests.Systems.Select(static system => $"ImageToText.{system}"),
            ],
            Directory
                .EnumerateFiles(feed.Folder)
                .Select(static file => Path.GetFileName(file).Replace($".{PackageFeed.Version}.nupkg", "", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
}
