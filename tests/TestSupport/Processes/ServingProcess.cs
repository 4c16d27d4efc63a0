namespace ImageToText.TestSupport;

/// <summary>A 'serve' in a process of its own, with new data and the starter; ended by SIGTERM, as service managers end it.</summary>
public sealed class ServingProcess : IAsyncDisposable
{
    // The machine of the tests may stand still for longer than the cache may.
    private static readonly Dictionary<string, string> LongPatience = new(Patience.Variables)
    {
        ["Gateway__Cache__Patience"] = "00:00:20",
        ["Inference__Cache__Patience"] = "00:00:20",
    };

    private readonly TemporaryFolder _data = new();
    private readonly StandaloneProcess _process;

    private ServingProcess(string[] more) =>
        _process = StandaloneProcess.Start(["serve", "--port", "0", "--data", Data, .. more], LongPatience);

    /// <summary>Its data folder.</summary>
    public string Data => _data.Path;

    /// <summary>Where it answers.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="more">Further options of 'serve'.</param>
    public static async Task<ServingProcess> StartAsync(CancellationToken cancellationToken, params string[] more)
    {
        var serving = new ServingProcess(more);
        try
        {
            serving.Address = (await serving._process.ReadBannerAsync(cancellationToken)).Url;
            return serving;
        }
        catch
        {
            await serving.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operator token that it keeps.</summary>
    public async Task<string> OperatorTokenAsync(CancellationToken cancellationToken) =>
        (await File.ReadAllTextAsync(Path.Combine(Data, "operator-token"), cancellationToken)).Trim();

    /// <summary>The physical memory that it holds now, in bytes.</summary>
    public long Memory() => _process.Memory();

    public async ValueTask DisposeAsync()
    {
        _process.Signal("TERM");
        await _process.EndAsync(CancellationToken.None);
        _process.Dispose();
        _data.Dispose();
    }
}
