using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>Repositories whose main branch has no safetensors.</summary>
public sealed class HubConversionTests : IAsyncLifetime
{
    private const string Model = "Salesforce/blip-image-captioning-base";
    private static readonly byte[] Converted = [1, 2, 3, 4];
    private static readonly byte[] Pickled = [5, 6, 7];

    private readonly string _folder = Directory.CreateTempSubdirectory("hub-").FullName;
    private readonly HttpClient _http = HubDownloader.CreateHttpClient();
    private HubStandIn _hub = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubStandIn.StartAsync();
        _hub.Add("config.json", """{"model_type": "blip"}""");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_bots_safetensors_are_used_for_the_models_plain_name()
    {
        _hub.AddBlipBase(Converted, Pickled);
        var pulled = await PullAsync(Model);

        Assert.Equal(
            ("model.safetensors", "refs/pr/38", true),
            (pulled.Weights!.File, pulled.Weights.Revision, pulled.Weights.IsConversion)
        );
        Assert.Equal(
            ["config.json", "model.safetensors"],
            Directory.EnumerateFiles(pulled.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.Equal(Converted, await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, "model.safetensors"), Cancelled));
        Assert.Equal(HubStandIn.Commit, pulled.Commit);
        Assert.Equal(pulled.Folder, new HubCache(_folder).FindSnapshot(HubModelReference.Parse(Model)));
        Assert.Single(_hub.CdnRequests);

        // Later pushes to the pull request are ignored once its commits have been read.
        Assert.Contains(
            _hub.HubRequests,
            r => r.Path.Contains($"resolve/{pulled.Weights.Commit}/model.safetensors", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_second_pull_by_the_plain_name_downloads_nothing()
    {
        _hub.AddBlipBase(Converted, Pickled);
        await PullAsync(Model);
        Assert.Equal(0, (await PullAsync(Model)).DownloadedBytes);
        Assert.Single(_hub.CdnRequests);
    }

    [Fact]
    public async Task Without_links_the_bots_safetensors_are_not_fetched_twice_either()
    {
        _hub.AddBlipBase(new byte[17_000_000], Pickled);
        await PullAsync(Model, o => o with { UseSymlinks = false });
        Assert.Equal(0, (await PullAsync(Model, o => o with { UseSymlinks = false })).DownloadedBytes);
    }

    [Theory]
    [InlineData("someone", HubStandIn.Commit)]
    [InlineData("SFconvertbot", "cccccccccccccccccccccccccccccccccccccccc")]
    public async Task A_conversion_by_another_author_or_of_another_commit_is_ignored(string author, string parent)
    {
        _hub.AddLarge("pytorch_model.bin", Pickled);
        _hub.AddPullRequest(3, author, parent, "model.safetensors", Converted);
        await AssertPickledAsync();
    }

    [Theory]
    [InlineData("Adding `safetensors` variant of this model", "closed", "model.safetensors")]
    [InlineData("Something else", "open", "model.safetensors")]
    [InlineData("Adding `safetensors` variant of this model", "open", "README.txt")]
    public async Task A_pull_request_that_is_not_an_open_conversion_is_ignored(string title, string status, string file)
    {
        _hub.AddLarge("pytorch_model.bin", Pickled);
        _hub.AddPullRequest(3, "SFconvertbot", HubStandIn.Commit, file, Converted, title, status);
        await AssertPickledAsync();
    }

    [Fact]
    public async Task A_hub_without_pull_requests_provides_the_PyTorch_weights()
    {
        _hub.AddLarge("pytorch_model.bin", Pickled);
        _hub.HasDiscussions = false;
        await AssertPickledAsync();
    }

    [Fact]
    public async Task Sharded_PyTorch_weights_come_with_their_index()
    {
        _hub.AddLarge("pytorch_model-00001-of-00002.bin", 100, seed: 1);
        _hub.AddLarge("pytorch_model-00002-of-00002.bin", 200, seed: 2);
        _hub.Add(
            "pytorch_model.bin.index.json",
            """{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}"""
        );
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(("pytorch_model.bin.index.json", true, 300L), (pulled.Weights!.File, pulled.Weights.IsPickled, pulled.Weights.Bytes));
        Assert.Equal(4, Directory.EnumerateFiles(pulled.Folder).Count());
    }

    [Fact]
    public async Task Pull_requests_of_a_model_with_safetensors_are_not_requested()
    {
        _hub.AddModel();
        await PullAsync("org/captioner");
        Assert.DoesNotContain(_hub.HubRequests, r => r.Path.Contains("discussions", StringComparison.Ordinal));
    }

    private async Task AssertPickledAsync()
    {
        var pulled = await PullAsync("org/captioner");
        Assert.Equal(
            ("pytorch_model.bin", "main", true, false),
            (pulled.Weights!.File, pulled.Weights.Revision, pulled.Weights.IsPickled, pulled.Weights.IsConversion)
        );
        Assert.Equal(pulled.Folder, new HubCache(_folder).FindSnapshot(HubModelReference.Parse("org/captioner")));
        Assert.Equal(Pickled, await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, "pytorch_model.bin"), Cancelled));
    }

    private Task<PulledModel> PullAsync(string model, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions
        {
            Endpoint = _hub.Address,
            CacheFolder = _folder,
            RetryDelay = TimeSpan.Zero,
        };
        var downloader = new HubDownloader(_http, change?.Invoke(options) ?? options);
        return downloader.PullAsync(HubModelReference.Parse(model), _ => [], cancellationToken: Cancelled);
    }
}
