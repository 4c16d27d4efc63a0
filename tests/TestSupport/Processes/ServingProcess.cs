namespace ImageToText.TestSupport;

/// <summary>A 'serve' in its own process with new data and the starter. SIGTERM ends it, as service managers do.</summary>
public sealed class ServingProcess : IAsyncDisposable
{
    // A test machine can stall for longer than the cache's timeout.
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

    /// <summary>Its address.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
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

    /// <summary>Its stored operator token.</summary>
    public async Task<string> OperatorTokenAsync(CancellationToken cancellationToken) =>
        (await File.ReadAllTextAsync(Path.Combine(Data, "operator-token"), cancellationToken)).Trim();

    /// <summary>Its current physical memory, in bytes.</summary>
    public long Memory() => _process.Memory();

    public async ValueTask DisposeAsync()
    {
        _process.Signal("TERM");
        await _process.EndAsync(CancellationToken.None);
        _process.Dispose();
        _data.Dispose();
    }
}
