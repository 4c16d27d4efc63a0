using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>Repositories whose main branch has no safetensors.</summary>
public sealed class HubConversionTests : HubPullTests
{
    private const string Model = "Salesforce/blip-image-captioning-base";
    private static readonly byte[] Converted = [1, 2, 3, 4];
    private static readonly byte[] Pickled = [5, 6, 7];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Hub.Add("config.json", """{"model_type": "blip"}""");
    }

    [Fact]
    public async Task The_bots_safetensors_are_used_for_the_models_plain_name()
    {
        Hub.AddBlipBase(Converted, Pickled);
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
        Assert.Equal(pulled.Folder, new HubCache(Folder).FindSnapshot(HubModelReference.Parse(Model)));
        Assert.Single(Hub.CdnRequests);

        // Later pushes to the pull request are ignored once its commits have been read.
        Assert.Contains(
            Hub.HubRequests,
            r => r.Path.Contains($"resolve/{pulled.Weights.Commit}/model.safetensors", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_second_pull_by_the_plain_name_downloads_nothing()
    {
        Hub.AddBlipBase(Converted, Pickled);
        await PullAsync(Model);
        Assert.Equal(0, (await PullAsync(Model)).DownloadedBytes);
        Assert.Single(Hub.CdnRequests);
    }

    [Fact]
    public async Task Without_links_the_bots_safetensors_are_not_fetched_twice_either()
    {
        Hub.AddBlipBase(new byte[17_000_000], Pickled);
        await PullAsync(Model, o => o with { UseSymlinks = false });
        Assert.Equal(0, (await PullAsync(Model, o => o with { UseSymlinks = false })).DownloadedBytes);
    }

    [Theory]
    [InlineData("someone", HubStandIn.Commit)]
    [InlineData("SFconvertbot", "cccccccccccccccccccccccccccccccccccccccc")]
    public async Task A_conversion_by_another_author_or_of_another_commit_is_ignored(string author, string parent)
    {
        Hub.AddLarge("pytorch_model.bin", Pickled);
        Hub.AddPullRequest(3, author, parent, "model.safetensors", Converted);
        await AssertPickledAsync();
    }

    [Theory]
    [InlineData("Adding `safetensors` variant of this model", "closed", "model.safetensors")]
    [InlineData("Something else", "open", "model.safetensors")]
    [InlineData("Adding `safetensors` variant of this model", "open", "README.txt")]
    public async Task A_pull_request_that_is_not_an_open_conversion_is_ignored(string title, string status, string file)
    {
        Hub.AddLarge("pytorch_model.bin", Pickled);
        Hub.AddPullRequest(3, "SFconvertbot", HubStandIn.Commit, file, Converted, title, status);
        await AssertPickledAsync();
    }

    [Fact]
    public async Task AHub_without_pull_requests_provides_the_PyTorch_weights()
    {
        Hub.AddLarge("pytorch_model.bin", Pickled);
        Hub.HasDiscussions = false;
        await AssertPickledAsync();
    }

    [Fact]
    public async Task Sharded_PyTorch_weights_come_with_their_index()
    {
        Hub.AddLarge("pytorch_model-00001-of-00002.bin", 100, seed: 1);
        Hub.AddLarge("pytorch_model-00002-of-00002.bin", 200, seed: 2);
        Hub.Add(
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
        Hub.AddModel();
        await PullAsync("org/captioner");
        Assert.DoesNotContain(Hub.HubRequests, r => r.Path.Contains("discussions", StringComparison.Ordinal));
    }

    private async Task AssertPickledAsync()
    {
        var pulled = await PullAsync("org/captioner");
        Assert.Equal(
            ("pytorch_model.bin", "main", true, false),
            (pulled.Weights!.File, pulled.Weights.Revision, pulled.Weights.IsPickled, pulled.Weights.IsConversion)
        );
        Assert.Equal(pulled.Folder, new HubCache(Folder).FindSnapshot(HubModelReference.Parse("org/captioner")));
        Assert.Equal(Pickled, await File.ReadAllBytesAsync(Path.Combine(pulled.Folder, "pytorch_model.bin"), Cancelled));
    }

    internal override IReadOnlyCollection<string> Wanted(HubModel model) => [];
}
