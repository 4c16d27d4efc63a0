using ImageToText.InferenceService.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace ImageToText.InferenceService.Tests.Node;

/// <summary>The real service on a free loopback port. Its engine is scripted unless the test wants the real one.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string Model = "tester/cats";

    private TestNode(WebApplication app, ScriptedLoader loader, ModelFolders folders, HttpClient client)
    {
        App = app;
        Loader = loader;
        Folders = folders;
        Client = client;
    }

    public WebApplication App { get; }

    public ScriptedLoader Loader { get; }

    public ModelFolders Folders { get; }

    public HttpClient Client { get; }

    public ModelStore Store => App.Services.GetRequiredService<ModelStore>();

    public ScriptedCaptioner Captioner => Loader.Captioners[Model];

    public static async Task<TestNode> StartAsync(
        ScriptedLoader? loader = null,
        Action<ModelFolders>? prepare = null,
        bool warm = true,
        Action<IServiceCollection>? services = null,
        params (string Key, string? Value)[] settings
    )
    {
        loader ??= new ScriptedLoader();
        var folders = new ModelFolders();
        folders.Add(Model);
        prepare?.Invoke(folders);
        var app = InferenceApp.Create(
            [],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Configuration.AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["Inference:ModelsFolder"] = folders.Models,
                        ["Inference:HubCacheFolder"] = folders.Hub,
                        ["Inference:Starter"] = "false",
                        ["Inference:DefaultModel"] = Model,
                        ["ServiceDefaults:Telemetry"] = "false",
                    }
                );
                builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                builder.Services.Replace(ServiceDescriptor.Singleton<ICaptionerLoader>(loader));
                services?.Invoke(builder.Services);
            }
        );
        await app.StartAsync(TestContext.Current.CancellationToken);
        string address = app.Urls.Single();
        var node = new TestNode(app, loader, folders, new HttpClient { BaseAddress = new Uri(address) });
        if (warm)
        {
            await node.Store.LoadAsync(Model, TestContext.Current.CancellationToken);
        }

        return node;
    }

    public Task<HttpResponseMessage> CaptionAsync(params (string Name, string Value)[] fields) => CaptionAsync(TestPictures.Png, fields);

    public Task<HttpResponseMessage> CaptionAsync(byte[] image, params (string Name, string Value)[] fields) =>
        Client.PostAsync("/image-to-text", Form(image, fields), TestContext.Current.CancellationToken);

    public static MultipartFormDataContent Form(byte[]? image, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        if (image is not null)
        {
            form.Add(new ByteArrayContent(image), "image", "picture.png");
        }

        return form;
    }

    public async Task<string> GetAsync(string path) => await Client.GetStringAsync(path, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        Folders.Dispose();
    }
}

internal static class TestPictures
{
    /// <summary>A PNG whose header says 512 x 384. Scripted captioners read nothing else.</summary>
    public static byte[] Png { get; } =
        Convert.FromHexString("89504E470D0A1A0A0000000D4948445200000200000001800802000000" + "4AD0C60A" + "0000000049454E44AE426082");
}
