using System.Collections.Concurrent;
using ImageToText.InferenceService.Hub;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>Transfers that are cut, stall, or bring something else than announced.</summary>
public sealed class HubTransferTests : HubPullTests
{
    [Fact]
    public async Task The_token_stays_with_theHub_and_is_not_sent_to_the_host_it_redirects_to()
    {
        Hub.AddModel();
        Hub.RequiredToken = "hf_secret";
        await PullAsync("org/captioner", o => o with { Token = "hf_secret" });

        Assert.All(Hub.HubRequests, r => Assert.Equal("Bearer hf_secret", r.Authorization));
        Assert.NotEmpty(Hub.CdnRequests);
        Assert.All(Hub.CdnRequests, r => Assert.True(string.IsNullOrEmpty(r.Authorization)));
    }

    [Fact]
    public async Task A_cut_connection_is_resumed_where_it_broke_off()
    {
        Hub.AddModel();
        int cuts = 0;
        Hub.BeforeCdn = async (context, content) =>
        {
            if (cuts++ > 0)
            {
                return false;
            }

            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        var pulled = await PullAsync("org/captioner");

        string?[] ranges = Hub.CdnRequests.Select(r => r.Range).ToArray();
        Assert.Equal(2, ranges.Length);
        Assert.True(string.IsNullOrEmpty(ranges[0]));
        Assert.Matches("^bytes=[1-9][0-9]*-$", ranges[1]!);
        Assert.Equal(
            300_000,
            new FileInfo(new FileInfo(Path.Combine(pulled.Folder, "model.safetensors")).ResolveLinkTarget(true)!.FullName).Length
        );
    }

    [Fact]
    public async Task The_next_pull_continues_a_stopped_one()
    {
        Hub.AddModel();
        var arrived = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        Hub.BeforeCdn = async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await arrived.Task;
            await stop.CancelAsync();
            return true;
        };
        var progress = new Observer(p =>
        {
            if (p is { File: "model.safetensors", Bytes: >= 100_000 })
            {
                arrived.TrySetResult();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Downloader().PullAsync(HubModelReference.Parse("org/captioner"), Wanted, progress, cancellationToken: stop.Token)
        );
        Assert.Equal(100_000, new FileInfo(Directory.EnumerateFiles(Folder, "*.incomplete", SearchOption.AllDirectories).Single()).Length);

        Hub.BeforeCdn = null;
        Hub.CdnRequests.Clear();
        var pulled = await PullAsync("org/captioner");
        Assert.Equal("bytes=100000-", Assert.Single(Hub.CdnRequests).Range);
        Assert.Equal(200_000, pulled.DownloadedBytes);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_start()
    {
        Hub.AddModel();
        int requests = 0;
        Hub.BeforeCdn = async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            bool first = requests++ == 0;
            await context.Response.Body.WriteAsync(first ? content.AsMemory(0, 100_000) : content);
            await context.Response.Body.FlushAsync();
            if (first)
            {
                context.Abort();
            }

            return true;
        };
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(2, requests);
        Assert.True(File.Exists(Path.Combine(pulled.Folder, "model.safetensors")));
    }

    [Theory]
    [InlineData("model.safetensors", "SHA-256")]
    [InlineData("vocab.txt", "git blob id")]
    public async Task A_wrong_hash_is_refused_and_the_file_is_deleted(string file, string hash)
    {
        Hub.AddModel();
        Hub.Falsify(file);
        // One at a time: parallel downloads would leave partial files.
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { MaxParallelDownloads = 1 }));

        Assert.Equal(HubFault.Corrupt, e.Fault);
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(hash, e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "models--org--captioner", "snapshots")));
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_whose_etag_is_not_the_listings_hash_is_refused_before_it_is_read()
    {
        Hub.AddModel();
        Hub.BeforeHub = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("resolve/" + HubStandIn.Commit + "/model.safetensors", StringComparison.Ordinal))
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{new string('a', 64)}\"";
            context.Response.Headers.Location = $"{Hub.CdnAddress}model.safetensors";
            return Task.FromResult(true);
        };
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));

        Assert.Equal(HubFault.Corrupt, e.Fault);
        Assert.Empty(Hub.CdnRequests);
    }

    [Fact]
    public async Task Overload_is_waited_out_for_as_long_as_theHub_asks()
    {
        Hub.AddModel();
        int refused = 0;
        Hub.BeforeHub = context =>
        {
            if (refused++ > 0)
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "77";
            return Task.FromResult(true);
        };
        var clock = new ManualClock();
        var asked = clock.TimerOf(TimeSpan.FromSeconds(77));
        var pull = Downloader(time: clock).PullAsync(HubModelReference.Parse("org/captioner"), Wanted, null, cancellationToken: Cancelled);
        await asked.WaitAsync(Cancelled);
        Assert.False(pull.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(77));
        await pull;
    }

    [Fact]
    public async Task A_stalled_connection_is_dropped_and_resumed()
    {
        Hub.AddModel();
        var clock = new ManualClock();
        int requests = 0;
        var arrived = new TaskCompletionSource();
        Hub.BeforeCdn = async (context, content) =>
        {
            if (requests++ > 0)
            {
                return false;
            }

            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        Task? waits = null;
        var progress = new Observer(p =>
        {
            if (p is not { File: "model.safetensors", Bytes: 100_000 })
            {
                return;
            }

            waits = clock.TimerOf(TimeSpan.FromSeconds(30));
            arrived.TrySetResult();
        });
        var pull = Downloader(time: clock)
            .PullAsync(HubModelReference.Parse("org/captioner"), Wanted, progress, cancellationToken: Cancelled);
        await arrived.Task.WaitAsync(Cancelled);
        await waits!.WaitAsync(Cancelled);
        clock.Advance(TimeSpan.FromSeconds(30));
        await pull;
        Assert.Equal("bytes=100000-", Hub.CdnRequests.Last().Range);
    }

    [Fact]
    public async Task A_listing_that_stalls_midway_is_abandoned()
    {
        Hub.BeforeHub = async context =>
        {
            await context.Response.Body.WriteAsync("{\"sha\":"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var e = await Assert.ThrowsAsync<HubException>(() =>
            PullAsync("org/captioner", o => o with { MaxRetries = 1, StallTimeout = TimeSpan.FromSeconds(0.5) })
        );
        Assert.Equal(HubFault.Unreachable, e.Fault);
    }

    [Fact]
    public async Task An_endless_listing_is_refused()
    {
        Hub.BeforeHub = async context =>
        {
            byte[] names = new byte[1 << 20];
            try
            {
                for (int i = 0; i < 20; i++)
                {
                    await context.Response.Body.WriteAsync(names, context.RequestAborted);
                }
            }
            catch (Exception left) when (left is OperationCanceledException or IOException)
            {
                // Nobody reads any further.
            }

            return true;
        };
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("16 MiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHub_that_keeps_failing_is_abandoned()
    {
        Hub.BeforeHub = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { MaxRetries = 2 }));
        Assert.Equal(HubFault.Unreachable, e.Fault);
        Assert.Contains("503", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, Hub.HubRequests.Count);
    }

    /// <summary>Moves only by hand, and signals when someone starts to wait for a given time.</summary>
    private sealed class ManualClock : FakeTimeProvider
    {
        private readonly ConcurrentDictionary<TimeSpan, TaskCompletionSource> _waits = new();

        public Task TimerOf(TimeSpan due) =>
            _waits.GetOrAdd(due, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (_waits.TryGetValue(dueTime, out var wait))
            {
                wait.TrySetResult();
            }

            return timer;
        }
    }
}
