using System.Text.Json;
using ImageToText.InferenceService.Tests.Hub;

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
        var folder = Assert.Single(pulled.OutLines);
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
    public async Task What_the_hub_refuses_is_explained_without_a_stack_trace()
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
    public async Task A_model_of_another_kind_is_refused_before_its_weights_come()
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
    public async Task The_starter_passes_its_check()
    {
        var ended = await StandaloneProcess.RunAsync(["models", "check", "starter"], cancellationToken: Cancelled);
        Assert.Equal(0, ended.Code);
        foreach (var line in (string[])["model:", "revision:", "loaded in:", "cat.png:", "memory:", "unsupported:"])
            Assert.Contains(ended.OutLines, l => l.StartsWith(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_run_fails_its_check_by_name()
    {
        _home.Write("other/config.json", """{"model_type": "llama"}""");
        var ended = await StandaloneProcess.RunAsync(["models", "check", Path.Combine(_home.Path, "other")], cancellationToken: Cancelled);
        Assert.Equal(1, ended.Code);
        Assert.Contains("unsupported:", ended.Out, StringComparison.Ordinal);
        Assert.Contains("llama", ended.Out, StringComparison.Ordinal);
    }

    private Task<Ended> RunAsync(HubStandIn hub, params string[] arguments) => StandaloneProcess.RunAsync(
        arguments, new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Address.ToString(), ["HF_HOME"] = _home.Path }, cancellationToken: Cancelled);
}
