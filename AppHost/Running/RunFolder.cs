namespace ImageToText.AppHost.Running;

/// <summary>The folder of what outlives a run on this machine: the books where they are embedded, the gateways' journals, the last port.</summary>
internal sealed class RunFolder : IDisposable
{
    private FileStream? _lock;

    /// <param name="deployment">May name the folder.</param>
    /// <param name="kind">Stores of each kind have books of their own, and with them a folder: what one has not yet booked is not the other's.</param>
    /// <exception cref="DeploymentException">None is named, and the user has no data folder.</exception>
    public RunFolder(Deployment deployment, StoreKind kind)
    {
        Path = System.IO.Path.GetFullPath(deployment.DataFolder is { Length: > 0 } chosen ? chosen : Default);
        OfStores = System.IO.Path.Combine(Path, kind.ToString().ToLowerInvariant());
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The part that belongs to the books.</summary>
    public string OfStores { get; }

    /// <summary>The SQLite file of the pricing service.</summary>
    public string Books => System.IO.Path.Combine(OfStores, "pricing.db");

    /// <summary>The file that holds the gateway's port in the last run.</summary>
    public string PortFile => System.IO.Path.Combine(Path, "gateway-port");

    private static string Default =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } local
            ? System.IO.Path.Combine(local, "imagetotext", "apphost")
            : throw new DeploymentException(
                $"This user has no data folder: name one with --{Deployment.Section}:{nameof(Deployment.DataFolder)}."
            );

    /// <summary>The folder of one gateway: no two may share a journal.</summary>
    public string OfGateway(string name) => System.IO.Path.Combine(OfStores, name);

    /// <summary>Makes the folder where it is missing, and holds it: two runs on the same books would each hold half of the truth.</summary>
    /// <exception cref="DeploymentException">Another run holds it, or it can't be written.</exception>
    public void Hold()
    {
        const string advice = $"name another with --{Deployment.Section}:{nameof(Deployment.DataFolder)}";
        try
        {
            Directory.CreateDirectory(Path);
            _lock = new FileStream(System.IO.Path.Combine(Path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (Directory.Exists(Path))
        {
            throw new DeploymentException(
                $"The data folder {Path} is in use by another run of this application: end that one, or {advice}."
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"The data folder {Path} can't be written ({e.Message}): {advice}.");
        }
    }

    /// <summary>Deletes what belongs to the books.</summary>
    /// <exception cref="DeploymentException">Some of it can't be deleted.</exception>
    public void Clear()
    {
        try
        {
            if (Directory.Exists(OfStores))
            {
                Directory.Delete(OfStores, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"{OfStores} can't be deleted: {e.Message}");
        }
    }

    public void Dispose() => _lock?.Dispose();
}
