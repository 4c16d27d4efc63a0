using Aspire.Hosting.Testing;

namespace ImageToText.AppHost.Tests;

/// <summary>The files that the model publishes for one target, made in a folder of their own.</summary>
public abstract class Published(params string[] settings) : IAsyncLifetime
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("imagetotext-publish-").FullName;

    /// <summary>The names of all files, relative to the folder.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal)];

    /// <summary>The text of one file.</summary>
    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public async ValueTask InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--operation", "publish", "--step", "publish", "--output-path", Folder, .. settings]);
        await using var app = await builder.BuildAsync();
        await app.RunAsync();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Published for Docker Compose.</summary>
public sealed class PublishedToCompose() : Published("--Deployment:Target=Compose");

/// <summary>Published for Kubernetes, with GPUs.</summary>
public sealed class PublishedToKubernetes() : Published(
    "--Deployment:Target=Kubernetes", "--Deployment:Gpu=true", "--Deployment:Replicas=2", "--Deployment:MaxReplicas=16", "--Deployment:Host=captions.example");
