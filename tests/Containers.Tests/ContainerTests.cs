using ImageToText.Containers.Tests;

// Each image is published once for all its tests.
[assembly: AssemblyFixture(typeof(GatewayImage))]
[assembly: AssemblyFixture(typeof(PricingImage))]
[assembly: AssemblyFixture(typeof(InferenceImage))]

namespace ImageToText.Containers.Tests;

/// <summary>What is true of every service's image.</summary>
public abstract class ContainerTests(ContainerImage image, string name, string entry, int mostMegabytes)
{
    [Fact]
    public void It_has_its_name_starts_the_service_and_does_not_run_as_root()
    {
        Assert.Equal(name, image.Name.Split(':')[0]);
        Assert.Equal("1654", (string?)image.Settings["User"]);
        Assert.Contains($"app/{entry}.dll", image.Files.Keys);
        Assert.EndsWith(
            $"{entry}.dll",
            string.Join(' ', image.Settings["Entrypoint"]!.AsArray().Select(word => (string)word!)),
            StringComparison.Ordinal
        );
        Assert.True(image.Settings["ExposedPorts"]!.AsObject().ContainsKey("8080/tcp"));
        Assert.Contains("ASPNETCORE_HTTP_PORTS=8080", image.Settings["Env"]!.AsArray().Select(variable => (string)variable!));
    }

    [Fact]
    public void A_volume_mounted_at_its_data_folder_belongs_to_its_user() => Assert.Equal(1654, image.FolderOwners["app/data"]);

    [Fact]
    public void It_contains_no_secret_no_test_and_no_build_files()
    {
        Assert.DoesNotContain(
            image.Files.Keys,
            file =>
                file.Contains("Tests", StringComparison.Ordinal)
                || file.Contains("fixtures", StringComparison.OrdinalIgnoreCase)
                || file.Contains("xunit", StringComparison.OrdinalIgnoreCase)
                || file.Contains("appsettings.Development", StringComparison.OrdinalIgnoreCase)
                || file.EndsWith(".cs", StringComparison.Ordinal)
                || file.EndsWith(".db", StringComparison.Ordinal)
                || file.EndsWith(".env", StringComparison.Ordinal)
                || file.EndsWith(".pfx", StringComparison.Ordinal)
                || file.EndsWith(".pem", StringComparison.Ordinal)
                || file.EndsWith("secrets.json", StringComparison.OrdinalIgnoreCase)
        );
        Assert.DoesNotContain(
            image.Settings["Env"]!.AsArray().Select(variable => (string)variable!),
            variable =>
                variable.Contains("TOKEN", StringComparison.OrdinalIgnoreCase)
                || variable.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase)
        );
    }

    [Fact]
    public void No_file_is_world_writable_setuid_or_setgid() =>
        Assert.DoesNotContain(
            image.Files,
            file => (file.Value.Mode & (UnixFileMode.OtherWrite | UnixFileMode.SetUser | UnixFileMode.SetGroup)) != 0
        );

    [Fact]
    public void Its_size_matches_the_documentation()
    {
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{name}: {image.Size / 1e6:0.0} MB in the archive, {image.Files.Values.Sum(file => file.Size) / 1e6:0.0} MB "
                + $"of files, without the base image"
        );
        Assert.InRange(image.Size / 1e6, 1, mostMegabytes);
    }
}

public sealed class GatewayContainerTests(GatewayImage image) : ContainerTests(image, "imagetotext/gateway", "ImageToText.Gateway", 30);

public sealed class PricingContainerTests(PricingImage image)
    : ContainerTests(image, "imagetotext/pricing", "ImageToText.PricingService", 60);

public sealed class InferenceContainerTests(InferenceImage image)
    : ContainerTests(image, "imagetotext/inference", "ImageToText.InferenceService", 90)
{
    private readonly InferenceImage _image = image;

    [Fact]
    public void It_has_only_the_native_libraries_for_linux()
    {
        string[] native = _image
            .Files.Keys.Where(file =>
                file.Contains("libonnxruntime.so", StringComparison.Ordinal) || file.Contains("libvips.so", StringComparison.Ordinal)
            )
            .ToArray();
        Assert.Contains(native, file => file.EndsWith("libonnxruntime.so", StringComparison.Ordinal));
        Assert.Contains(native, file => file.EndsWith("libvips.so.42", StringComparison.Ordinal));
        Assert.DoesNotContain(
            _image.Files.Keys,
            file => file.EndsWith(".dylib", StringComparison.Ordinal) || file.Contains("win-x64", StringComparison.Ordinal)
        );
    }
}
