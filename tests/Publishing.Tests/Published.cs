namespace ImageToText.Publishing.Tests;

/// <summary>The files that the model publishes for one target, in their own folder.</summary>
public abstract class Published(params string[] settings) : IAsyncLifetime
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("imagetotext-publish-").FullName;

    public async ValueTask InitializeAsync() =>
        Assert.Equal(0, await Publication.WriteAsync(["--output-path", Folder, .. settings], Targets.Publish));

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Published for Docker Compose.</summary>
public sealed class PublishedToCompose() : Published("--Deployment:Target=Compose");

/// <summary>Published for Kubernetes, like deploy/kubernetes/chart.</summary>
public sealed class PublishedChart() : Published("--Deployment:Target=Kubernetes");

/// <summary>Published for Kubernetes, with GPUs, more nodes and an ingress.</summary>
public sealed class PublishedToKubernetes()
    : Published(
        "--Deployment:Target=Kubernetes",
        "--Deployment:Gpu=true",
        "--Deployment:Replicas=2",
        "--Deployment:MaxReplicas=16",
        "--Deployment:Host=captions.example"
    );
