using ImageToText.Captioning;
using ImageToText.InferenceService.Caching;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.InferenceService.Uploads;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.InferenceService.Tests.Models;

public sealed class ModelStoreTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly ModelFolders _folders = new();
    private readonly ScriptedLoader _loader = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ModelStoreOptions _options = new() { Starter = false, MemoryBudgetMiB = 10 };
    private ModelMemory _memory = null!;
    private ModelLoader? _models;
    private ModelView _view = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_requests_share_one_load()
    {
        await using var store = Store("a");
        var go = new TaskCompletionSource();
        _loader.During = (_, _) => go.Task;

        var asking = Enumerable.Range(0, 20).Select(_ => store.AcquireAsync("a", Cancelled)).ToArray();
        Assert.All(asking, ask => Assert.False(ask.IsCompleted));
        go.SetResult();
        var leases = await Task.WhenAll(asking);

        Assert.Single(_loader.Begun);
        Assert.All(leases, lease => Assert.Same(_loader.Captioners["a"], lease.Captioner));
        Array.ForEach(leases, lease => lease.Dispose());
    }

    [Fact]
    public async Task A_caller_that_leaves_does_not_end_the_others_load()
    {
        await using var store = Store("a");
        var go = new TaskCompletionSource();
        _loader.During = (_, cancelled) => go.Task.WaitAsync(cancelled);
        using var leaving = new CancellationTokenSource();
        var first = store.AcquireAsync("a", leaving.Token);
        var second = store.AcquireAsync("a", Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();

        (await second).Dispose();
        Assert.Single(_loader.Begun);
    }

    [Fact]
    public async Task The_least_recently_used_model_is_unloaded_to_make_room()
    {
        await using var store = Store(4 * MiB, "a", "b", "c");
        await UseAsync(store, "a", "b", "a", "c");

        Assert.False(_loader.Captioners["a"].Disposed);
        Assert.True(_loader.Captioners["b"].Disposed);
        Assert.Equal(8 * MiB, _memory.Used);
        Assert.Equal(["loaded", "on_demand", "loaded"], _view.Describe().Models.Select(model => model.State));
    }

    [Fact]
    public async Task A_busy_model_is_unloaded_only_after_its_last_caption()
    {
        await using var store = Store(6 * MiB, "a", "b");
        var first = await store.AcquireAsync("a", Cancelled);
        var second = await store.AcquireAsync("a", Cancelled);

        var waiting = store.AcquireAsync("b", Cancelled);
        first.Dispose();
        first.Dispose();
        Assert.False(_loader.Captioners["a"].Disposed);
        Assert.False(waiting.IsCompleted);

        second.Dispose();
        using var lease = await waiting;
        Assert.True(_loader.Captioners["a"].Disposed);
        Assert.Equal(6 * MiB, _memory.Used);
    }

    [Fact]
    public async Task A_caller_waiting_for_memory_that_stays_busy_is_told_to_retry()
    {
        _options.LoadWait = TimeSpan.FromSeconds(5);
        await using var store = Store(6 * MiB, "a", "b");
        using var busy = await store.AcquireAsync("a", Cancelled);

        var waiting = store.AcquireAsync("b", Cancelled);
        await AdvanceUntilDoneAsync(waiting);

        var told = await Assert.ThrowsAsync<ModelNotReadyException>(() => waiting);
        Assert.True(told.Refusal.RetryAfter >= TimeSpan.FromSeconds(1));
        Assert.False(_loader.Captioners["a"].Disposed);
    }

    [Fact]
    public async Task A_warm_model_is_not_unloaded_to_make_room()
    {
        _options.Warm.Add("a");
        await using var store = Store(6 * MiB, "a", "b");
        await UseAsync(store, "a");

        var refused = await Assert.ThrowsAsync<ModelFailedException>(() => store.AcquireAsync("b", Cancelled));

        Assert.Contains("6 MiB", refused.Message, StringComparison.Ordinal);
        Assert.Contains("only 4 MiB left", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Inference:MemoryBudgetMiB", refused.Message, StringComparison.Ordinal);
        Assert.False(_loader.Captioners["a"].Disposed);
    }

    [Fact]
    public async Task A_model_that_takes_more_memory_than_its_files_say_displaces_others()
    {
        await using var store = Store(1 * MiB, "a", "b");
        _loader.Make = id => new ScriptedCaptioner(id, id == "a" ? 5 * MiB : 8 * MiB);
        await UseAsync(store, "a", "b");

        Assert.True(_loader.Captioners["a"].Disposed);
        Assert.Equal(8 * MiB, _memory.Used);
    }

    [Fact]
    public async Task A_model_that_proves_too_large_is_unloaded_and_explained()
    {
        await using var store = Store(1 * MiB, "a");
        _loader.Make = id => new ScriptedCaptioner(id, 11 * MiB);

        await Assert.ThrowsAsync<ModelFailedException>(() => store.AcquireAsync("a", Cancelled));

        Assert.True(_loader.Captioners["a"].Disposed);
        Assert.Equal(0, _memory.Used);
        Assert.Contains("11 MiB", _view.Describe("a").Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_waits_longer_than_configured_is_told_when_to_retry()
    {
        _options.LoadWait = TimeSpan.FromSeconds(3);
        await using var store = Store(100 * MiB / 100, "a");
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        _loader.During = (_, _) =>
        {
            begun.SetResult();
            return go.Task;
        };
        var waiting = store.AcquireAsync("a", Cancelled);
        await begun.Task.WaitAsync(Cancelled);

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var told = await Assert.ThrowsAsync<ModelNotReadyException>(() => waiting);
        Assert.True(told.Refusal.RetryAfter >= TimeSpan.FromSeconds(1));

        // The load continues for callers that retry.
        go.SetResult();
        using var lease = await store.AcquireAsync("a", Cancelled);
        Assert.Single(_loader.Begun);
    }

    [Fact]
    public async Task A_failed_load_is_remembered_and_later_retried()
    {
        await using var store = Store("a");
        _loader.During = (_, _) => throw new ModelFormatException("tensor x is missing");
        await Assert.ThrowsAsync<ModelFailedException>(() => store.AcquireAsync("a", Cancelled));

        var remembered = await Assert.ThrowsAsync<ModelFailedException>(() => store.AcquireAsync("a", Cancelled));
        Assert.Equal("The model 'a' could not be loaded: tensor x is missing", remembered.Message);
        Assert.Single(_loader.Begun);
        Assert.Equal(0, _memory.Used);
        Assert.Equal(("error", "tensor x is missing"), (_view.Describe("a").State, _view.Describe("a").Error));

        _loader.During = (_, _) => Task.CompletedTask;
        _time.Advance(_options.FailedLoadRetry);
        (await store.AcquireAsync("a", Cancelled)).Dispose();
        Assert.Null(_view.Describe("a").Error);
    }

    [Fact]
    public async Task An_explicit_load_of_a_failed_model_is_tried_at_once()
    {
        await using var store = Store("a");
        _loader.During = (_, _) => throw new InvalidOperationException("native library is missing");
        await Assert.ThrowsAsync<ModelFailedException>(() => store.LoadAsync("a", Cancelled));

        _loader.During = (_, _) => Task.CompletedTask;
        await store.LoadAsync("a", Cancelled);

        Assert.Equal("loaded", _view.Describe("a").State);
    }

    [Fact]
    public async Task Unloading_waits_for_captions_under_way()
    {
        await using var store = Store("a");
        var lease = await store.AcquireAsync("a", Cancelled);
        var old = _loader.Captioners["a"];

        var unloading = store.UnloadAsync("a", Cancelled);
        Assert.False(unloading.IsCompleted);
        Assert.False(old.Disposed);
        lease.Dispose();
        await unloading;

        Assert.True(old.Disposed);
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task A_model_that_is_not_downloaded_says_how_to_get_it()
    {
        _options.Models.Add(new ModelOptions { Id = "org/big" });
        await using var store = Store("a");
        var failed = await Assert.ThrowsAsync<ModelFailedException>(() => store.AcquireAsync("org/big", Cancelled));
        Assert.Contains("models pull org/big", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposal_waits_for_loads_and_disposes_everything()
    {
        var store = Store(1 * MiB, "a", "b");
        await UseAsync(store, "a", "b");
        await store.DisposeAsync();
        Assert.All(_loader.All, captioner => Assert.True(captioner.Disposed));
    }

    [Fact]
    public async Task Options_of_the_model_and_of_the_node_reach_the_engine()
    {
        string folder = _folders.AddElsewhere("mine");
        _options.Models.Add(new ModelOptions { Folder = folder, Precision = Precision.Int8 });
        _options.Provider = ProviderChoice.Cpu;
        _options.QueueCapacity = 7;
        await using var store = Store("a");
        await UseAsync(store, "mine", "a");

        var options = _loader.Options.ToArray();
        Assert.Equal(
            ("mine", Precision.Int8, ProviderChoice.Cpu, 7),
            (options[0].ModelId, options[0].Precision, options[0].Provider, options[0].QueueCapacity)
        );
        Assert.Equal(("a", Precision.F32), (options[1].ModelId, options[1].Precision));
    }

    /// <summary>
    /// Whatever the requests and their order, no model is unloaded during a caption, and memory stays within the budget.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_mix_of_requests_keeps_the_guarantees(int seed)
    {
        string[] ids = ["a", "b", "c", "d", "e"];
        await using var store = Store(3 * MiB, ids);
        _loader.During = async (_, _) =>
        {
            Assert.True(_memory.Used <= _memory.Budget);
            await Task.Yield();
        };
        _loader.Make = id => new ScriptedCaptioner(id, 3 * MiB) { BeforePiece = async (_, _) => await Task.Yield() };

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        var random = new Random(seed * 100 + worker);
                        for (int i = 0; i < 100; i++)
                        {
                            string id = ids[random.Next(ids.Length)];
                            if (random.Next(10) == 0)
                            {
                                await store.UnloadAsync(id, Cancelled);
                                continue;
                            }
                            using var lease = await store.AcquireAsync(id, Cancelled);
                            Assert.Equal(id, (await lease.Captioner.CaptionAsync(new byte[1], cancellationToken: Cancelled)).ModelId);
                        }
                    })
                )
        );

        Assert.DoesNotContain(_loader.All, captioner => captioner.DisposedWhileRunning);
        Assert.Equal(_loader.All.Count(captioner => !captioner.Disposed) * 3 * MiB, _memory.Used);
        Assert.True(_memory.Used <= _memory.Budget);
    }

    public void Dispose()
    {
        _models?.Dispose();
        _folders.Dispose();
    }

    private ModelStore Store(params string[] ids) => Store(1 * MiB, ids);

    private RedisPictureCache NoCache() =>
        new(new RedisLink(null, _time, NullLogger<RedisLink>.Instance), Options.Create(new PictureCacheOptions()));

    private ModelStore Store(long bytes, params string[] ids)
    {
        foreach (string id in ids)
        {
            _folders.Add(id, bytes);
        }

        _options.ModelsFolder = _folders.Models;
        _options.HubCacheFolder = _folders.Hub;
        _loader.Make = id => new ScriptedCaptioner(id, bytes);
        var options = Options.Create(_options);
        var catalog = new ModelCatalog(options);
        var entries = new ModelEntries();
        _memory = new ModelMemory(entries, options, _time, NullLogger<ModelMemory>.Instance);
        _view = new ModelView(catalog, entries, _memory);
        _models?.Dispose();
        _models = new ModelLoader(
            entries,
            _memory,
            _loader,
            options,
            Options.Create(new UploadOptions()),
            NoCache(),
            _time,
            NullLoggerFactory.Instance,
            NullLogger<ModelLoader>.Instance
        );
        return new ModelStore(catalog, entries, _memory, _models, options, _time);
    }

    private static async Task UseAsync(ModelStore store, params string[] ids)
    {
        foreach (string id in ids)
        {
            (await store.AcquireAsync(id, Cancelled)).Dispose();
        }
    }

    /// <summary>Advances the clock until the task is done, because what it waits for may start on another thread.</summary>
    private async Task AdvanceUntilDoneAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
