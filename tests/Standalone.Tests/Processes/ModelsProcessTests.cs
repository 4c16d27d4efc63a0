using System.Text.Json;

namespace ImageToText.Standalone.Tests.Processes;

public sealed class ModelsProcessTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_model_is_pulled_listed_and_removed()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.AddModel();
        var pulled = await RunAsync(hub, "models", "pull", "org/captioner");
        Assert.Equal(0, pulled.Code);
        string folder = Assert.Single(pulled.OutLines);
        Assert.True(File.Exists(Path.Combine(folder, "model.safetensors")));
        Assert.Contains("model.safetensors: 100 %", pulled.Error, StringComparison.Ordinal);

        var listed = await RunAsync(hub, "models", "list", "--json");
        var models = listed.OutLines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["starter", "org/captioner"], models.Select(m => m.GetProperty("id").GetString()));
        Assert.Equal(folder, models[1].GetProperty("folder").GetString());

        var refused = await RunAsync(hub, "models", "remove", "org/captioner");
        Assert.Equal(2, refused.Code);
        Assert.True(Directory.Exists(folder));
        var removed = await RunAsync(hub, "models", "remove", "org/captioner", "--yes");
        Assert.Equal(0, removed.Code);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_refusal_by_the_hub_is_explained_without_a_stack_trace()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.AddModel();
        hub.Gated = true;
        var ended = await RunAsync(hub, "models", "pull", "org/captioner");
        Assert.Equal(1, ended.Code);
        Assert.Contains("gated", ended.Error, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_of_another_kind_is_refused_before_its_weights_are_fetched()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.Add("config.json", """{"model_type": "llama"}""");
        hub.AddLarge("model.safetensors", 1000);
        var ended = await RunAsync(hub, "models", "pull", "org/captioner");
        Assert.Equal(1, ended.Code);
        Assert.Contains("llama", ended.Error, StringComparison.Ordinal);
        Assert.Empty(hub.CdnRequests);
    }

    [Fact]
    public async Task A_model_without_safetensors_is_pulled_by_its_plain_name_and_its_weights_are_listed()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.Add("config.json", HubStandIn.BlipConfig);
        hub.AddBlipBase(weights: [1, 2, 3, 4], pickled: [5, 6, 7]);
        var pulled = await RunAsync(hub, "models", "pull", "Salesforce/blip-image-captioning-base", "--json");
        Assert.Equal(0, pulled.Code);
        Assert.Contains("conversion bot's pull request (refs/pr/38)", pulled.Error, StringComparison.Ordinal);
        var told = JsonDocument.Parse(Assert.Single(pulled.OutLines)).RootElement;
        Assert.Equal(
            ("model.safetensors", "refs/pr/38", "bsd-3-clause"),
            (
                told.GetProperty("weights").GetString(),
                told.GetProperty("weights_revision").GetString(),
                told.GetProperty("licence").GetString()
            )
        );
        Assert.True(File.Exists(Path.Combine(told.GetProperty("folder").GetString()!, "model.safetensors")));
    }

    [Fact]
    public async Task A_model_on_the_hub_is_checked_without_being_downloaded()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.AddModel(weightBytes: 4_000_000);
        hub.Licence = "mit";
        var ended = await RunAsync(hub, "models", "check", "org/captioner");
        Assert.Equal(0, ended.Code);
        Assert.Contains("family:     blip", ended.OutLines);
        Assert.Contains("size:       1 million parameters", ended.OutLines);
        Assert.Contains("supported:  yes", ended.OutLines);
        Assert.Contains(ended.OutLines, line => line.StartsWith("licence:    mit", StringComparison.Ordinal));
        Assert.Contains(ended.OutLines, line => line.StartsWith("memory:     about 154 MiB in f32", StringComparison.Ordinal));

        var told = JsonDocument
            .Parse(Assert.Single((await RunAsync(hub, "models", "check", "org/captioner", "--json")).OutLines))
            .RootElement;
        Assert.Equal((true, 1_000_000L), (told.GetProperty("supported").GetBoolean(), told.GetProperty("parameters").GetInt64()));
        Assert.Empty(hub.CdnRequests);
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "hub")));
    }

    [Theory]
    [InlineData("BlipForQuestionAnswering")]
    [InlineData("BlipForImageTextRetrieval")]
    public async Task A_blip_that_does_not_caption_is_refused_by_its_architecture(string architecture)
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.Add("config.json", $$"""{"model_type": "blip", "architectures": ["{{architecture}}"]}""");
        hub.AddLarge("model.safetensors", 1000);
        foreach (string command in (string[])["check", "pull"])
        {
            var ended = await RunAsync(hub, "models", command, "org/captioner");
            Assert.Equal(1, ended.Code);
            Assert.Contains(architecture, ended.Out + ended.Error, StringComparison.Ordinal);
            Assert.Contains("Salesforce/blip-image-captioning-large", ended.Out + ended.Error, StringComparison.Ordinal);
        }

        Assert.Empty(hub.CdnRequests);
    }

    [Fact]
    public async Task A_licence_that_forbids_commercial_use_must_be_accepted_first()
    {
        await using var hub = await HubStandIn.StartAsync();
        hub.AddModel();
        hub.Licence = "cc-by-nc-4.0";
        var checkedFirst = await RunAsync(hub, "models", "check", "org/captioner");
        Assert.Equal(0, checkedFirst.Code);
        Assert.Contains("--accept-licence", checkedFirst.Out, StringComparison.Ordinal);

        var refused = await RunAsync(hub, "models", "pull", "org/captioner");
        Assert.Equal(1, refused.Code);
        Assert.Contains("cc-by-nc-4.0", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--accept-licence", refused.Error, StringComparison.Ordinal);
        Assert.Empty(hub.CdnRequests);

        Assert.Equal(0, (await RunAsync(hub, "models", "pull", "org/captioner", "--accept-licence")).Code);
    }

    [Fact]
    public async Task The_starter_passes_its_check()
    {
        var ended = await StandaloneProcess.RunAsync(["models", "check", "starter"], cancellationToken: Cancelled);
        Assert.Equal(0, ended.Code);
        foreach (string line in (string[])["model:", "revision:", "loaded in:", "cat.png:", "memory:", "unsupported:"])
        {
            Assert.Contains(ended.OutLines, l => l.StartsWith(line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_run_fails_its_check_and_says_why()
    {
        _home.Write("other/config.json", """{"model_type": "llama"}""");
        var ended = await StandaloneProcess.RunAsync(["models", "check", Path.Combine(_home.Path, "other")], cancellationToken: Cancelled);
        Assert.Equal(1, ended.Code);
        Assert.Contains("unsupported:", ended.Out, StringComparison.Ordinal);
        Assert.Contains("llama", ended.Out, StringComparison.Ordinal);

        ended = await StandaloneProcess.RunAsync(
            ["models", "check", Path.Combine(_home.Path, "other"), "--json"],
            cancellationToken: Cancelled
        );
        Assert.Equal(1, ended.Code);
        var told = JsonDocument.Parse(Assert.Single(ended.OutLines)).RootElement;
        Assert.False(told.GetProperty("supported").GetBoolean());
        Assert.Contains("llama", told.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    private Task<ProcessResult> RunAsync(HubStandIn hub, params string[] arguments) =>
        StandaloneProcess.RunAsync(
            arguments,
            new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Address.ToString(), ["HF_HOME"] = _home.Path },
            cancellationToken: Cancelled
        );
}
