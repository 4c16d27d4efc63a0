using System.Collections.Concurrent;
using System.Text;
using ImageToText.InferenceService.Hub;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.InferenceService.Tests.Hub;

public sealed class HubDownloaderTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hub-").FullName;
    private readonly HttpClient _http = HubDownloader.CreateHttpClient();
    private HubStandIn _hub = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _hub = await HubStandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Fetches_only_needed_files_into_the_layout_of_the_shared_cache()
    {
        _hub.AddModel();
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(HubStandIn.Commit, pulled.Commit);
        Assert.Equal(Path.Combine(_folder, "models--org--captioner", "snapshots", HubStandIn.Commit), pulled.Folder);
        Assert.Equal(
            ["config.json", "model.safetensors", "preprocessor_config.json", "vocab.txt"],
            Directory.EnumerateFiles(pulled.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        string? link = new FileInfo(Path.Combine(pulled.Folder, "model.safetensors")).LinkTarget;
        Assert.StartsWith(Path.Combine("..", "..", "blobs"), link, StringComparison.Ordinal);
        Assert.Equal(
            HubStandIn.Commit,
            await File.ReadAllTextAsync(Path.Combine(_folder, "models--org--captioner", "refs", "main"), Cancelled)
        );
        Assert.Empty(Directory.EnumerateFiles(_folder, "*.incomplete", SearchOption.AllDirectories));
        Assert.DoesNotContain(
            _hub.CdnRequests,
            r => r.Path.Contains(".bin", StringComparison.Ordinal) || r.Path.Contains(".h5", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_second_pull_downloads_nothing()
    {
        _hub.AddModel();
        await PullAsync("org/captioner");
        _hub.CdnRequests.Clear();
        var again = await PullAsync("org/captioner");

        Assert.Equal(0, again.DownloadedBytes);
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task The_token_stays_with_the_hub_and_is_not_sent_to_the_host_it_redirects_to()
    {
        _hub.AddModel();
        _hub.RequiredToken = "hf_secret";
        await PullAsync("org/captioner", o => o with { Token = "hf_secret" });

        Assert.All(_hub.HubRequests, r => Assert.Equal("Bearer hf_secret", r.Authorization));
        Assert.NotEmpty(_hub.CdnRequests);
        Assert.All(_hub.CdnRequests, r => Assert.True(string.IsNullOrEmpty(r.Authorization)));
    }

    [Fact]
    public async Task A_cut_connection_is_resumed_where_it_broke_off()
    {
        _hub.AddModel();
        int cuts = 0;
        _hub.BeforeCdn = async (context, content) =>
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

        string?[] ranges = _hub.CdnRequests.Select(r => r.Range).ToArray();
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
        _hub.AddModel();
        var arrived = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        _hub.BeforeCdn = async (context, content) =>
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
        Assert.Equal(100_000, new FileInfo(Directory.EnumerateFiles(_folder, "*.incomplete", SearchOption.AllDirectories).Single()).Length);

        _hub.BeforeCdn = null;
        _hub.CdnRequests.Clear();
        var pulled = await PullAsync("org/captioner");
        Assert.Equal("bytes=100000-", Assert.Single(_hub.CdnRequests).Range);
        Assert.Equal(200_000, pulled.DownloadedBytes);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_start()
    {
        _hub.AddModel();
        int requests = 0;
        _hub.BeforeCdn = async (context, content) =>
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
        _hub.AddModel();
        _hub.Falsify(file);
        // One at a time: parallel downloads would leave partial files.
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { MaxParallelDownloads = 1 }));

        Assert.Equal(HubFault.Corrupt, e.Fault);
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(hash, e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "models--org--captioner", "snapshots")));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_whose_etag_is_not_the_listings_hash_is_refused_before_it_is_read()
    {
        _hub.AddModel();
        _hub.BeforeHub = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("resolve/" + HubStandIn.Commit + "/model.safetensors", StringComparison.Ordinal))
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{new string('a', 64)}\"";
            context.Response.Headers.Location = $"{_hub.CdnAddress}model.safetensors";
            return Task.FromResult(true);
        };
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));

        Assert.Equal(HubFault.Corrupt, e.Fault);
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task Shards_are_read_from_the_index_and_fetched_in_parallel_within_the_limit()
    {
        _hub.Add("config.json", """{"model_type": "blip"}""");
        string[] shards = [.. Enumerable.Range(1, 6).Select(i => $"model-{i:D5}-of-00006.safetensors")];
        for (int i = 0; i < shards.Length; i++)
        {
            _hub.AddLarge(shards[i], 50_000, seed: i + 1);
        }

        _hub.AddLarge("model-00007-of-00006.safetensors", 1000, seed: 99);
        _hub.Add(
            "model.safetensors.index.json",
            $$"""{"weight_map": {{{string.Join(",", shards.Select((s, i) => $"\"t{i}\": \"{s}\""))}}} }"""
        );

        int now = 0;
        int most = 0;
        var gate = new Lock();
        var two = new TaskCompletionSource();
        _hub.BeforeCdn = async (_, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++now);
                if (now == 2)
                {
                    two.TrySetResult();
                }
            }
            await two.Task;
            lock (gate)
            {
                now--;
            }

            return false;
        };
        var pulled = await PullAsync("org/captioner", o => o with { MaxParallelDownloads = 2 });

        Assert.Equal(2, most);
        Assert.Equal(shards, Directory.EnumerateFiles(pulled.Folder, "model-*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_index_that_names_a_missing_file_is_refused()
    {
        _hub.Add("config.json", """{"model_type": "blip"}""");
        _hub.Add("model.safetensors.index.json", """{"weight_map": {"t": "../../evil"}}""");
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("../../evil", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_readable_weights_it_says_which_files_exist()
    {
        _hub.Add("config.json", "{}");
        _hub.AddLarge("tf_model.h5", 10);
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("tf_model.h5", e.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_without_its_base_model_is_reported_as_an_adapter()
    {
        _hub.Add("adapter_config.json", """{"base_model_name_or_path": "org/base"}""");
        _hub.AddLarge("adapter_model.safetensors", 10);
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("adapter of another model", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exactly_the_wanted_files_are_fetched()
    {
        _hub.AddModel();
        foreach (
            string file in (string[])
                ["merges.txt", "vocab.json", "sentencepiece.bpe.model", "added_tokens.json", "chat_template.jinja", "extra.json"]
        )
        {
            _hub.Add(file, "{}");
        }

        string[] wanted =
        [
            "merges.txt",
            "vocab.json",
            "sentencepiece.bpe.model",
            "added_tokens.json",
            "chat_template.jinja",
            "spiece.model",
            "../blobs/x",
        ];
        var pulled = await Downloader().PullAsync(HubModelReference.Parse("org/captioner"), _ => wanted, cancellationToken: Cancelled);
        Assert.Equal(
            [
                "added_tokens.json",
                "chat_template.jinja",
                "config.json",
                "merges.txt",
                "model.safetensors",
                "sentencepiece.bpe.model",
                "vocab.json",
            ],
            Directory.EnumerateFiles(pulled.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_model_is_described_by_a_few_kilobytes_and_nothing_is_stored()
    {
        _hub.AddModel();
        _hub.Licence = "other";
        _hub.LicenceName = "qwen-research";
        var model = await Downloader().DescribeAsync(HubModelReference.Parse("org/captioner"), Cancelled);

        Assert.Equal(HubStandIn.BlipConfig, Encoding.UTF8.GetString(model.Config.Span));
        Assert.Equal(
            ("model.safetensors", "main", HubStandIn.Commit, false, 300_000L),
            (model.Weights.File, model.Weights.Revision, model.Weights.Commit, model.Weights.IsPickled, model.Weights.Bytes)
        );
        Assert.Equal(("qwen-research", true), (model.Licence!.Id, model.Licence.IsNonCommercial));
        Assert.Equal(
            ["config.json"],
            _hub.HubRequests.Where(r => r.Path.Contains("/resolve/", StringComparison.Ordinal)).Select(r => r.Path.Split('/')[^1])
        );
        Assert.Empty(_hub.CdnRequests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("cc-by-nc-4.0", true)]
    [InlineData("apple-amlr", true)]
    [InlineData("mit", false)]
    [InlineData("bsd-3-clause", false)]
    [InlineData("apache-2.0", false)]
    public void Licences_that_forbid_commercial_use_are_recognized_by_name(string id, bool nonCommercial) =>
        Assert.Equal(nonCommercial, new HubLicence(id, new Uri("https://hub.example/org/captioner")).IsNonCommercial);

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        _hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/other"));
        Assert.Equal(HubFault.NotFound, e.Fault);
        Assert.Contains("org/other", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_revision_is_named()
    {
        _hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner@v9"));
        Assert.Equal(HubFault.NotFound, e.Fault);
        Assert.Contains("'v9'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HubFault.Unauthorized, "HF_TOKEN")]
    [InlineData("hf_wrong", HubFault.Unauthorized, "refuses the token")]
    public async Task Refused_access_says_what_to_do_about_the_token(string? token, HubFault fault, string text)
    {
        _hub.AddModel();
        _hub.RequiredToken = "hf_right";
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { Token = token }));
        Assert.Equal(fault, e.Fault);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_wrong", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gated_model_says_where_to_accept_its_terms()
    {
        _hub.AddModel();
        _hub.Gated = true;
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Gated, e.Fault);
        Assert.Contains(_hub.Address + "org/captioner", e.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unwanted_model_is_refused_before_its_weights_are_fetched()
    {
        _hub.AddModel();
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            Downloader()
                .PullAsync(
                    HubModelReference.Parse("org/captioner"),
                    model => throw new NotSupportedException(Encoding.UTF8.GetString(model.Config.Span)),
                    cancellationToken: Cancelled
                )
        );
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task A_listing_without_sizes_and_hashes_is_completed_by_asking_for_each_file()
    {
        _hub.AddModel();
        _hub.BareListing = true;
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(4, _hub.HubRequests.Count(r => r.Method == "HEAD" && r.Path.Contains("/resolve/", StringComparison.Ordinal)));
        Assert.True(File.Exists(Path.Combine(pulled.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task A_revision_with_slashes_is_escaped_and_remembered()
    {
        _hub.AddModel();
        var pulled = await PullAsync("org/captioner@refs/pr/7");
        Assert.Equal(pulled.Folder, new HubCache(_folder).FindSnapshot(HubModelReference.Parse("org/captioner@refs/pr/7")));
        Assert.Null(new HubCache(_folder).FindSnapshot(HubModelReference.Parse("org/captioner")));
    }

    [Fact]
    public async Task Without_links_the_snapshot_holds_the_files_themselves()
    {
        _hub.AddModel(weightBytes: 17_000_000);
        var pulled = await PullAsync("org/captioner", o => o with { UseSymlinks = false });
        Assert.All(new DirectoryInfo(pulled.Folder).EnumerateFiles(), f => Assert.Null(f.LinkTarget));
        Assert.Equal(17_000_000, new FileInfo(Path.Combine(pulled.Folder, "model.safetensors")).Length);

        _hub.CdnRequests.Clear();
        await PullAsync("org/captioner", o => o with { UseSymlinks = false });
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task Too_little_disk_space_is_reported_before_anything_large_is_fetched()
    {
        _hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { FreeBytes = _ => 200_000 }));
        Assert.Equal(HubFault.Storage, e.Fault);
        Assert.Contains("HF_HOME", e.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_each_file_once()
    {
        _hub.AddModel();
        var clock = new LockClock();
        var both = await Task.WhenAll(
            Downloader(time: clock).PullAsync(HubModelReference.Parse("org/captioner"), Wanted, null, cancellationToken: Cancelled),
            Downloader(time: clock).PullAsync(HubModelReference.Parse("org/captioner"), Wanted, null, cancellationToken: Cancelled)
        );

        Assert.Equal(both[0].Folder, both[1].Folder);
        Assert.Single(_hub.CdnRequests);
    }

    [Fact]
    public async Task Overload_is_waited_out_for_as_long_as_the_hub_asks()
    {
        _hub.AddModel();
        int refused = 0;
        _hub.BeforeHub = context =>
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
        _hub.AddModel();
        var clock = new ManualClock();
        int requests = 0;
        var arrived = new TaskCompletionSource();
        _hub.BeforeCdn = async (context, content) =>
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
        Assert.Equal("bytes=100000-", _hub.CdnRequests.Last().Range);
    }

    [Fact]
    public async Task A_listing_that_stalls_midway_is_abandoned()
    {
        _hub.BeforeHub = async context =>
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
        _hub.BeforeHub = async context =>
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
    public async Task Weights_that_are_larger_than_wanted_are_refused_before_they_are_fetched()
    {
        _hub.AddModel(weightBytes: 300_000);
        var e = await Assert.ThrowsAsync<HubException>(() =>
            Downloader().PullAsync(HubModelReference.Parse("org/captioner"), Wanted, mostBytes: 299_999, cancellationToken: Cancelled)
        );
        Assert.Equal(HubFault.Storage, e.Fault);
        Assert.Empty(_hub.CdnRequests);
        await Downloader().PullAsync(HubModelReference.Parse("org/captioner"), Wanted, mostBytes: 300_000, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_hub_that_keeps_failing_is_abandoned()
    {
        _hub.BeforeHub = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { MaxRetries = 2 }));
        Assert.Equal(HubFault.Unreachable, e.Fault);
        Assert.Contains("503", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, _hub.HubRequests.Count);
    }

    [Fact]
    public async Task Offline_mode_uses_local_files_and_requests_nothing()
    {
        _hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { Offline = true }));
        Assert.Contains("HF_HUB_OFFLINE", e.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.HubRequests);

        var pulled = await PullAsync("org/captioner");
        _hub.HubRequests.Clear();
        Assert.Equal(pulled.Folder, (await PullAsync("org/captioner", o => o with { Offline = true })).Folder);
        Assert.Empty(_hub.HubRequests);
    }

    [Fact]
    public async Task Progress_ends_with_every_file_complete()
    {
        _hub.AddModel();
        var last = new ConcurrentDictionary<string, HubProgress>();
        await Downloader()
            .PullAsync(HubModelReference.Parse("org/captioner"), Wanted, new Observer(p => last[p.File] = p), cancellationToken: Cancelled);
        Assert.Equal(4, last.Count);
        Assert.All(last.Values, p => Assert.Equal(p.TotalBytes, p.Bytes));
    }

    [Fact]
    public async Task Listed_models_can_be_removed_with_their_blobs()
    {
        _hub.AddModel();
        await PullAsync("org/captioner");
        var cache = new HubCache(_folder);
        var model = Assert.Single(cache.List());
        Assert.Equal(("org/captioner", HubStandIn.Commit), (model.Id, model.Commit));
        Assert.Equal(["main"], model.Refs);
        Assert.InRange(model.Bytes, 300_000, 302_000);

        Assert.InRange(cache.Remove(model), 300_000, 302_000);
        Assert.Empty(cache.List());
        Assert.False(Directory.Exists(Path.Combine(_folder, "models--org--captioner")));
    }

    [Fact]
    public async Task Removing_one_snapshot_keeps_the_blobs_of_another()
    {
        _hub.AddModel();
        var pulled = await PullAsync("org/captioner");
        var cache = new HubCache(_folder);
        string other = Path.Combine(Path.GetDirectoryName(pulled.Folder)!, new string('b', 40));
        Directory.CreateDirectory(other);
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            File.CreateSymbolicLink(Path.Combine(other, name), new FileInfo(Path.Combine(pulled.Folder, name)).LinkTarget!);
        }

        cache.Remove(cache.List().Single(m => m.Commit == HubStandIn.Commit));
        var kept = Assert.Single(cache.List());
        Assert.Equal(other, kept.Folder);
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(_folder, "models--org--captioner", "blobs")).Count());
    }

    private static string[] Wanted(HubModel model) => ["preprocessor_config.json", "vocab.txt", "tokenizer.json"];

    private Task<PulledModel> PullAsync(string model, Func<HubOptions, HubOptions>? change = null) =>
        Downloader(change).PullAsync(HubModelReference.Parse(model), Wanted, null, cancellationToken: Cancelled);

    private HubDownloader Downloader(Func<HubOptions, HubOptions>? change = null, TimeProvider? time = null)
    {
        var options = new HubOptions
        {
            Endpoint = _hub.Address,
            CacheFolder = _folder,
            RetryDelay = TimeSpan.Zero,
        };
        return new HubDownloader(_http, change?.Invoke(options) ?? options, time);
    }

    private sealed class Observer(Action<HubProgress> action) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => action(value);
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

    /// <summary>Waits between two checks of a lock end at once. All other timers are the system's.</summary>
    private sealed class LockClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(
                callback,
                state,
                dueTime <= TimeSpan.FromSeconds(1) && dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime,
                period
            );
    }
}
