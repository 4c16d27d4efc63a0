using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>Pulls from a stand-in for the hub into a folder of the test's own.</summary>
public abstract class HubPullTests : IAsyncLifetime
{
    private readonly HttpClient _http = HubDownloader.CreateHttpClient();

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("hub-").FullName;

    protected HubStandIn Hub { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Hub = await HubStandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Hub.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The files that are pulled besides config.json and the weights.</summary>
    internal virtual IReadOnlyCollection<string> Wanted(HubModel model) => ["preprocessor_config.json", "vocab.txt", "tokenizer.json"];

    internal Task<PulledModel> PullAsync(string model, Func<HubOptions, HubOptions>? change = null) =>
        Downloader(change).PullAsync(HubModelReference.Parse(model), Wanted, null, cancellationToken: Cancelled);

    internal HubDownloader Downloader(Func<HubOptions, HubOptions>? change = null, TimeProvider? time = null)
    {
        var options = new HubOptions
        {
            Endpoint = Hub.Address,
            CacheFolder = Folder,
            RetryDelay = TimeSpan.Zero,
        };
        return new HubDownloader(_http, change?.Invoke(options) ?? options, time);
    }

    internal sealed class Observer(Action<HubProgress> action) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => action(value);
    }
}
