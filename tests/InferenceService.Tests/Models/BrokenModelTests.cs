using System.Net;
using System.Net.Http.Json;
using ImageToText.Contracts;
using ImageToText.InferenceService.Tests.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ImageToText.InferenceService.Tests.Models;

/// <summary>
/// A node with the real engine has one good model among broken ones. It serves the good one and says what is wrong with the others.
/// </summary>
public sealed class BrokenModelTests : IAsyncLifetime
{
    private const string Good = "good";

    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-broken-").FullName;
    private WebApplication _node = null!;
    private HttpClient _client = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Add(Good, static _ => { });
        Add("lacking", static folder => File.Delete(Path.Combine(folder, "preprocessor_config.json")));
        Add(
            "cut-off",
            static folder =>
            {
                using var weights = File.OpenWrite(Path.Combine(folder, "model.safetensors"));
                weights.SetLength(weights.Length / 2);
            }
        );
        Add("foreign", static folder => File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "llama"}"""));
        Add("no-json", static folder => File.WriteAllText(Path.Combine(folder, "config.json"), "{"));
        string[] names = [Good, "lacking", "cut-off", "foreign", "no-json"];
        _node = InferenceApp.Create(
            [
                .. names.Select((name, index) => $"--Inference:Models:{index}:Folder={Path.Combine(_folder, name)}"),
                .. names.Select((name, index) => $"--Inference:Models:{index}:Warm={name != "cut-off"}"),
                $"--Inference:ModelsFolder={Path.Combine(_folder, "none")}",
                $"--Inference:HubCacheFolder={Path.Combine(_folder, "none")}",
                "--Inference:Starter=false",
                "--ServiceDefaults:Telemetry=false",
            ],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.WebHost.UseUrls("http://127.0.0.1:0");
            }
        );
        await _node.StartAsync(Cancelled);
        var addresses = _node.Urls;
        _client = new HttpClient { BaseAddress = new Uri(addresses.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("lacking", "preprocessor_config.json")]
    [InlineData("cut-off", "model.safetensors")]
    [InlineData("foreign", "llama")]
    [InlineData("no-json", "config.json")]
    public async Task A_broken_model_is_explained_and_the_others_are_served(string broken, string reason)
    {
        using (var refused = await CaptionAsync(broken))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
            Assert.Contains(reason, await refused.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        }

        using var caption = await CaptionAsync(Good);
        Assert.True(caption.IsSuccessStatusCode, await caption.Content.ReadAsStringAsync(Cancelled));
        var models = (await _client.GetFromJsonAsync("/models", NodeApiJson.Default.ServedModels, Cancelled))!.Models;
        var served = models.ToDictionary(static model => model.Id);
        Assert.Equal(ServedModelState.Loaded, served[Good].State);
        Assert.Equal(ServedModelState.Error, served[broken].State);
        Assert.Contains(reason, served[broken].Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ERROR", await _client.GetStringAsync("/health", Cancelled), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> CaptionAsync(string model)
    {
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "samples", "cat.png"), Cancelled);
        using var form = TestNode.Form(picture, ("model_id", model));
        return await _client.PostAsync("/image-to-text", form, Cancelled);
    }

    private void Add(string name, Action<string> spoil)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "blip-small-f32")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        spoil(folder);
    }
}
