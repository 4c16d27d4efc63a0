using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Contracts;

namespace ImageToText.InferenceService.Tests.Node;

/// <summary>All routes except captions. Their shapes are those of Livepeer's AI runner where it has them.</summary>
public sealed class NodeApiTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_reflects_the_models()
    {
        var loaded = new TaskCompletionSource();
        var captioning = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var loader = new ScriptedLoader { During = (_, cancelled) => loaded.Task.WaitAsync(cancelled) };
        await using var node = await TestNode.StartAsync(loader, warm: false);

        Assert.Equal("""{"status":"LOADING"}""", await node.GetAsync("/health"));
        using (var notReady = await node.Client.GetAsync("/ready", Cancelled))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
        }

        loaded.SetResult();
        await node.Store.LoadAsync(TestNode.Model, Cancelled);
        Assert.Equal("""{"status":"IDLE"}""", await node.GetAsync("/health"));
        Assert.Equal("""{"status":"IDLE"}""", await node.GetAsync("/health/"));
        using (var ready = await node.Client.GetAsync("/ready", Cancelled))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }

        node.Captioner.BeforePiece = (_, cancelled) =>
        {
            captioning.TrySetResult();
            return go.Task.WaitAsync(cancelled);
        };
        var caption = node.CaptionAsync();
        await captioning.Task.WaitAsync(Cancelled);
        Assert.Equal("""{"status":"OK"}""", await node.GetAsync("/health"));
        go.SetResult();
        (await caption).Dispose();
    }

    [Fact]
    public async Task A_model_that_fails_to_load_is_explained()
    {
        var loader = new ScriptedLoader
        {
            During = (_, _) => throw new ModelFormatException("config.json: model_type is 'resnet'; blip is supported."),
        };
        await using var node = await TestNode.StartAsync(loader, warm: false);
        using (var load = await node.Client.PostAsync("/models/tester/cats/load", null, Cancelled))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, load.StatusCode);
        }

        Assert.Equal("""{"status":"ERROR"}""", await node.GetAsync("/health"));
        var models = await node.Client.GetFromJsonAsync("/models", NodeApiJson.Default.ServedModels, Cancelled);
        var model = Assert.Single(models!.Models);
        Assert.Equal(("error", "config.json: model_type is 'resnet'; blip is supported."), (model.State, model.Error));
        using var answer = await node.CaptionAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("model_type is 'resnet'", await MessageAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_ready_in_time_says_when_to_retry()
    {
        var loaded = new TaskCompletionSource();
        var loader = new ScriptedLoader { During = (_, cancelled) => loaded.Task.WaitAsync(cancelled) };
        await using var node = await TestNode.StartAsync(loader, warm: false, settings: ("Inference:LoadWait", "00:00:00"));

        using var early = await node.CaptionAsync();
        loaded.SetResult();
        Assert.Equal(HttpStatusCode.TooManyRequests, early.StatusCode);
        Assert.True(early.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Contains("being loaded", await early.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_does_not_wait_starts_the_load_and_learns_when_it_will_be_ready()
    {
        var begun = new TaskCompletionSource();
        var loaded = new TaskCompletionSource();
        var loader = new ScriptedLoader
        {
            During = (_, cancelled) =>
            {
                begun.TrySetResult();
                return loaded.Task.WaitAsync(cancelled);
            },
        };
        await using var node = await TestNode.StartAsync(loader, warm: false);
        using (var early = await AskAsync())
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, early.StatusCode);
            Assert.True(double.Parse(early.Headers.GetValues(CaptionHeaders.EstimatedTime).Single(), CultureInfo.InvariantCulture) >= 1);
            Assert.Contains("being loaded", await MessageAsync(early), StringComparison.Ordinal);
        }

        await begun.Task.WaitAsync(Cancelled);
        Assert.Equal([TestNode.Model], loader.Begun);
        loaded.SetResult();
        using (var waited = await node.CaptionAsync())
        {
            Assert.Equal(HttpStatusCode.OK, waited.StatusCode);
        }

        using var later = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);

        Task<HttpResponseMessage> AskAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = TestNode.Form(TestPictures.Png) };
            request.Headers.Add(CaptionHeaders.WaitForModel, "false");
            return node.Client.SendAsync(request, Cancelled);
        }
    }

    [Fact]
    public async Task A_missing_model_is_refused_by_name()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.CaptionAsync(("model_id", "other/dogs"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("No model 'other/dogs' on this node. It has: tester/cats.", await MessageAsync(answer));
    }

    [Fact]
    public async Task Models_are_listed_loaded_and_unloaded()
    {
        await using var node = await TestNode.StartAsync(prepare: folders => folders.Add("tester/dogs", weightBytes: 5_000_000));

        var before = await node.Client.GetFromJsonAsync("/models", NodeApiJson.Default.ServedModels, Cancelled);
        Assert.Equal(TestNode.Model, before!.DefaultModel);
        Assert.Equal(
            [(TestNode.Model, "loaded", true), ("tester/dogs", "on_demand", false)],
            before.Models.Select(model => (model.Id, model.State, model.Warm))
        );
        Assert.Equal(5_000_000, before.Models[1].MemoryBytes);
        Assert.Equal("revision-of-tester/cats", before.Models[0].Revision);

        using (var load = await node.Client.PostAsync("/models/tester%2Fdogs/load", null, Cancelled))
        {
            Assert.Equal("loaded", (await load.Content.ReadFromJsonAsync(NodeApiJson.Default.ServedModel, Cancelled))!.State);
        }

        using (var unload = await node.Client.PostAsync("/models/tester/cats/unload", null, Cancelled))
        {
            Assert.Equal("on_demand", (await unload.Content.ReadFromJsonAsync(NodeApiJson.Default.ServedModel, Cancelled))!.State);
        }

        Assert.True(node.Captioner.Disposed);
        using (var unknown = await node.Client.PostAsync("/models/tester/birds/load", null, Cancelled))
        {
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }

        Assert.Contains("\"state\":\"loaded\"", await node.GetAsync("/models/tester/dogs"), StringComparison.Ordinal);

        using var caption = await node.CaptionAsync();
        Assert.Equal(HttpStatusCode.OK, caption.StatusCode);
        Assert.Equal(2, node.Loader.Begun.Count(id => id == TestNode.Model));
    }

    [Fact]
    public async Task Hardware_and_version_have_the_runners_fields()
    {
        await using var node = await TestNode.StartAsync();

        using var version = JsonDocument.Parse(await node.GetAsync("/version"));
        Assert.Equal(["pipeline", "model_id", "version"], Names(version.RootElement));
        Assert.Equal(
            ("image-to-text", TestNode.Model),
            (version.RootElement.GetProperty("pipeline").GetString(), version.RootElement.GetProperty("model_id").GetString())
        );

        using var info = JsonDocument.Parse(await node.GetAsync("/hardware/info"));
        Assert.Equal(["pipeline", "model_id", "gpu_info"], Names(info.RootElement).Take(3));
        Assert.Equal(JsonValueKind.Object, info.RootElement.GetProperty("gpu_info").ValueKind);
        Assert.Equal("CPU", info.RootElement.GetProperty("models")[0].GetProperty("provider").GetString());

        using var stats = JsonDocument.Parse(await node.GetAsync("/hardware/stats"));
        Assert.Equal(["pipeline", "model_id", "gpu_stats"], Names(stats.RootElement).Take(3));

        static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
    }

    [Fact]
    public void A_device_is_reported_in_the_runners_fields()
    {
        string json = JsonSerializer.Serialize(
            new HardwareInformation
            {
                Pipeline = "image-to-text",
                ModelId = "m",
                GpuInfo = new Dictionary<int, GpuInformation> { [0] = new("GPU-1", "NVIDIA", 2, 1, 9, 0) },
                Cpu = new("X64", 2, 3),
                Models = [],
            },
            NodeApiJson.Default.HardwareInformation
        );
        Assert.StartsWith(
            """{"pipeline":"image-to-text","model_id":"m","gpu_info":{"0":{"id":"GPU-1","name":"NVIDIA","memory_total":2,"memory_free":1,"major":9,"minor":0}}""",
            json,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/models")]
    [InlineData("/version")]
    [InlineData("/hardware/info")]
    [InlineData("/hardware/stats")]
    public async Task With_a_token_set_routes_need_it(string path)
    {
        await using var node = await TestNode.StartAsync(settings: ("AUTH_TOKEN", "secret"));

        using var without = await node.Client.GetAsync(path, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal("""{"detail":{"msg":"Invalid bearer token"}}""", await without.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("Bearer", without.Headers.WwwAuthenticate.ToString());

        node.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        using var wrong = await node.Client.GetAsync(path, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        node.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var right = await node.Client.GetAsync(path, Cancelled);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task With_a_token_set_captions_need_it_and_health_does_not()
    {
        await using var node = await TestNode.StartAsync(settings: ("AUTH_TOKEN", "secret"));
        using (var caption = await node.CaptionAsync())
        {
            Assert.Equal(HttpStatusCode.Unauthorized, caption.StatusCode);
        }

        Assert.Empty(node.Captioner.Asked);
        foreach (string path in (string[])["/health", "/health/", "/alive", "/ready"])
        {
            using (var answer = await node.Client.GetAsync(path, Cancelled))
            {
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "No route GET /nothing/here.")]
    [InlineData("GET", "/image-to-text", 405, "/image-to-text does not take GET.")]
    public async Task A_wrong_route_is_reported_in_the_same_shape(string method, string path, int status, string message)
    {
        await using var node = await TestNode.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await node.Client.SendAsync(request, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(message, await MessageAsync(answer));
    }

    [Fact]
    public async Task Two_nodes_can_share_a_process()
    {
        await using var first = await TestNode.StartAsync();
        await using var second = await TestNode.StartAsync();
        using (var caption = await first.CaptionAsync())
        {
            Assert.Equal(HttpStatusCode.OK, caption.StatusCode);
        }

        Assert.Empty(second.Captioner.Asked);
    }

    private static async Task<string> MessageAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync(NodeApiJson.Default.NodeError, Cancelled))!.Detail.Msg;
}
