namespace ImageToText.AppHost.Running;

/// <summary>
/// The folder for what outlives a run on this machine: the embedded books, the gateways' journals, the last port.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private FileStream? _lock;

    /// <param name="deployment">May name the folder.</param>
    /// <param name="kind">
    /// Each kind of stores has its own books and therefore its own folder: what one has not booked yet does not belong to the
    /// other.
    /// </param>
    /// <exception cref="DeploymentException">No folder is configured, and the user has no data folder.</exception>
    public RunFolder(Deployment deployment, StoreKind kind)
    {
        Path = System.IO.Path.GetFullPath(deployment.DataFolder is { Length: > 0 } chosen ? chosen : Default);
        OfStores = System.IO.Path.Combine(Path, kind.ToString().ToLowerInvariant());
    }

    /// <summary>The path of the folder.</summary>
    public string Path { get; }

    /// <summary>The part that belongs to these books.</summary>
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

    /// <summary>The folder of one gateway. Two gateways may not share a journal.</summary>
    public string OfGateway(string name) => System.IO.Path.Combine(OfStores, name);

    /// <summary>
    /// Creates the folder if needed and locks it. Two runs on the same books would each have half of the truth.
    /// </summary>
    /// <exception cref="DeploymentException">Another run has locked it, or it can't be written.</exception>
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
                $"The data folder {Path} is in use by another run of this application: stop that one, or {advice}."
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"The data folder {Path} can't be written ({e.Message}): {advice}.");
        }
    }

    /// <summary>Deletes what belongs to these books.</summary>
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
