using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json.Nodes;

namespace ImageToText.Containers.Tests;

/// <summary>A service's image, published to an archive and read back.</summary>
public abstract class ContainerImage(string project) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-image-").FullName;

    /// <summary>The archive's size in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>The image's configuration, as a container engine reads it.</summary>
    public JsonNode Settings { get; private set; } = JsonValue.Create(0);

    /// <summary>Name and tag.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The folder with the image's files, laid out as at a container's root.</summary>
    public string Root => Path.Combine(_folder, "root");

    /// <summary>The files of all layers by path, with their owner and size.</summary>
    public Dictionary<string, (int User, UnixFileMode Mode, long Size)> Files { get; } = [];

    /// <summary>The owners of folders by path.</summary>
    public Dictionary<string, int> FolderOwners { get; } = [];

    public async ValueTask InitializeAsync()
    {
        await using var registry = await BaseImageRegistry.StartAsync();
        string archive = Path.Combine(_folder, "image.tar.gz");
        string configuration = typeof(ContainerImage)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static item => item.Key == "Configuration")
            .Value!;
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "publish",
                $"{project}/{project}.csproj",
                "-t:PublishContainer",
                "--no-build",
                "-c",
                configuration,
                "-v:q",
                "-nodeReuse:false",
                $"-p:ContainerArchiveOutputPath={archive}",
                $"-p:ContainerBaseImage={registry.Address}/dotnet/aspnet:10.0-noble-chiseled",
                $"-p:PublishDir={_folder}/publish/",
            },
            Environment = { ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Address, ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using var publish = Process.Start(start)!;
        string output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
        Assert.Contains(registry.Asked, path => path.Contains("dotnet/aspnet", StringComparison.Ordinal));

        Size = new FileInfo(archive).Length;
        string unpacked = Path.Combine(_folder, "image");
        Directory.CreateDirectory(unpacked);
        await using (var stream = File.OpenRead(archive))
        await using (var content = IsZipped(stream) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream)
        {
            await TarFile.ExtractToDirectoryAsync(content, unpacked, overwriteFiles: false);
        }

        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(unpacked, "manifest.json")))![0]!;
        Name = (string)manifest["RepoTags"]![0]!;
        Settings = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(unpacked, (string)manifest["Config"]!)))!["config"]!;
        foreach (var layer in manifest["Layers"]!.AsArray())
        {
            await ReadLayerAsync(Path.Combine(unpacked, (string)layer!));
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private async Task ReadLayerAsync(string path)
    {
        await using var stream = File.OpenRead(path);
        await using var content = IsZipped(stream) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
        await using var tar = new TarReader(content);
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            string name = entry.Name.TrimStart('.', '/');
            if (entry.EntryType is TarEntryType.Directory)
            {
                FolderOwners[name.TrimEnd('/')] = entry.Uid;
            }

            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                continue;
            }

            Files[name] = (entry.Uid, entry.Mode, entry.Length);
            string file = Path.Combine(Root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await entry.ExtractToFileAsync(file, overwrite: true);
        }
    }

    private static bool IsZipped(FileStream stream)
    {
        bool zipped = stream.ReadByte() == 0x1f;
        stream.Position = 0;
        return zipped;
    }
}

/// <summary>The gateway's image.</summary>
public sealed class GatewayImage() : ContainerImage("Gateway");

/// <summary>The pricing service's image.</summary>
public sealed class PricingImage() : ContainerImage("PricingService");

/// <summary>The node's image.</summary>
public sealed class InferenceImage() : ContainerImage("InferenceService");
