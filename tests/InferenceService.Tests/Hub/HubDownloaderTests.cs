using System.Collections.Concurrent;
using System.Text;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>What a pull fetches, and how the cache holds it.</summary>
public sealed class HubDownloaderTests : HubPullTests
{
    [Fact]
    public async Task Fetches_only_needed_files_into_the_layout_of_the_shared_cache()
    {
        Hub.AddModel();
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(HubStandIn.Commit, pulled.Commit);
        Assert.Equal(Path.Combine(Folder, "models--org--captioner", "snapshots", HubStandIn.Commit), pulled.Folder);
        Assert.Equal(
            ["config.json", "model.safetensors", "preprocessor_config.json", "vocab.txt"],
            Directory.EnumerateFiles(pulled.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        string? link = new FileInfo(Path.Combine(pulled.Folder, "model.safetensors")).LinkTarget;
        Assert.StartsWith(Path.Combine("..", "..", "blobs"), link, StringComparison.Ordinal);
        Assert.Equal(
            HubStandIn.Commit,
            await File.ReadAllTextAsync(Path.Combine(Folder, "models--org--captioner", "refs", "main"), Cancelled)
        );
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.incomplete", SearchOption.AllDirectories));
        Assert.DoesNotContain(
            Hub.CdnRequests,
            r => r.Path.Contains(".bin", StringComparison.Ordinal) || r.Path.Contains(".h5", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_second_pull_downloads_nothing()
    {
        Hub.AddModel();
        await PullAsync("org/captioner");
        Hub.CdnRequests.Clear();
        var again = await PullAsync("org/captioner");

        Assert.Equal(0, again.DownloadedBytes);
        Assert.Empty(Hub.CdnRequests);
    }

    [Fact]
    public async Task Shards_are_read_from_the_index_and_fetched_in_parallel_within_the_limit()
    {
        Hub.Add("config.json", """{"model_type": "blip"}""");
        string[] shards = [.. Enumerable.Range(1, 6).Select(i => $"model-{i:D5}-of-00006.safetensors")];
        for (int i = 0; i < shards.Length; i++)
        {
            Hub.AddLarge(shards[i], 50_000, seed: i + 1);
        }

        Hub.AddLarge("model-00007-of-00006.safetensors", 1000, seed: 99);
        Hub.Add(
            "model.safetensors.index.json",
            $$"""{"weight_map": {{{string.Join(",", shards.Select((s, i) => $"\"t{i}\": \"{s}\""))}}} }"""
        );

        int now = 0;
        int most = 0;
        var gate = new Lock();
        var two = new TaskCompletionSource();
        Hub.BeforeCdn = async (_, _) =>
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
    public async Task Exactly_the_wanted_files_are_fetched()
    {
        Hub.AddModel();
        foreach (
            string file in (string[])
                ["merges.txt", "vocab.json", "sentencepiece.bpe.model", "added_tokens.json", "chat_template.jinja", "extra.json"]
        )
        {
            Hub.Add(file, "{}");
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
        Hub.AddModel();
        Hub.Licence = "other";
        Hub.LicenceName = "qwen-research";
        var model = await Downloader().DescribeAsync(HubModelReference.Parse("org/captioner"), Cancelled);

        Assert.Equal(HubStandIn.BlipConfig, Encoding.UTF8.GetString(model.Config.Span));
        Assert.Equal(
            ("model.safetensors", "main", HubStandIn.Commit, false, 300_000L),
            (model.Weights.File, model.Weights.Revision, model.Weights.Commit, model.Weights.IsPickled, model.Weights.Bytes)
        );
        Assert.Equal(("qwen-research", true), (model.Licence!.Id, model.Licence.IsNonCommercial));
        Assert.Equal(
            ["config.json"],
            Hub.HubRequests.Where(r => r.Path.Contains("/resolve/", StringComparison.Ordinal)).Select(r => r.Path.Split('/')[^1])
        );
        Assert.Empty(Hub.CdnRequests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
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
    public async Task A_listing_without_sizes_and_hashes_is_completed_by_asking_for_each_file()
    {
        Hub.AddModel();
        Hub.BareListing = true;
        var pulled = await PullAsync("org/captioner");

        Assert.Equal(4, Hub.HubRequests.Count(r => r.Method == "HEAD" && r.Path.Contains("/resolve/", StringComparison.Ordinal)));
        Assert.True(File.Exists(Path.Combine(pulled.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task A_revision_with_slashes_is_escaped_and_remembered()
    {
        Hub.AddModel();
        var pulled = await PullAsync("org/captioner@refs/pr/7");
        Assert.Equal(pulled.Folder, new HubCache(Folder).FindSnapshot(HubModelReference.Parse("org/captioner@refs/pr/7")));
        Assert.Null(new HubCache(Folder).FindSnapshot(HubModelReference.Parse("org/captioner")));
    }

    [Fact]
    public async Task Without_links_the_snapshot_holds_the_files_themselves()
    {
        Hub.AddModel(weightBytes: 17_000_000);
        var pulled = await PullAsync("org/captioner", o => o with { UseSymlinks = false });
        Assert.All(new DirectoryInfo(pulled.Folder).EnumerateFiles(), f => Assert.Null(f.LinkTarget));
        Assert.Equal(17_000_000, new FileInfo(Path.Combine(pulled.Folder, "model.safetensors")).Length);

        Hub.CdnRequests.Clear();
        await PullAsync("org/captioner", o => o with { UseSymlinks = false });
        Assert.Empty(Hub.CdnRequests);
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_each_file_once()
    {
        Hub.AddModel();
        var clock = new LockClock();
        var both = await Task.WhenAll(
            Downloader(time: clock).PullAsync(HubModelReference.Parse("org/captioner"), Wanted, null, cancellationToken: Cancelled),
            Downloader(time: clock).PullAsync(HubModelReference.Parse("org/captioner"), Wanted, null, cancellationToken: Cancelled)
        );

        Assert.Equal(both[0].Folder, both[1].Folder);
        Assert.Single(Hub.CdnRequests);
    }

    [Fact]
    public async Task Offline_mode_uses_local_files_and_requests_nothing()
    {
        Hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { Offline = true }));
        Assert.Contains("HF_HUB_OFFLINE", e.Message, StringComparison.Ordinal);
        Assert.Empty(Hub.HubRequests);

        var pulled = await PullAsync("org/captioner");
        Hub.HubRequests.Clear();
        Assert.Equal(pulled.Folder, (await PullAsync("org/captioner", o => o with { Offline = true })).Folder);
        Assert.Empty(Hub.HubRequests);
    }

    [Fact]
    public async Task Progress_ends_with_every_file_complete()
    {
        Hub.AddModel();
        var last = new ConcurrentDictionary<string, HubProgress>();
        await Downloader()
            .PullAsync(HubModelReference.Parse("org/captioner"), Wanted, new Observer(p => last[p.File] = p), cancellationToken: Cancelled);
        Assert.Equal(4, last.Count);
        Assert.All(last.Values, p => Assert.Equal(p.TotalBytes, p.Bytes));
    }

    [Fact]
    public async Task Listed_models_can_be_removed_with_their_blobs()
    {
        Hub.AddModel();
        await PullAsync("org/captioner");
        var cache = new HubCache(Folder);
        var model = Assert.Single(cache.List());
        Assert.Equal(("org/captioner", HubStandIn.Commit), (model.Id, model.Commit));
        Assert.Equal(["main"], model.Refs);
        Assert.InRange(model.Bytes, 300_000, 302_000);

        Assert.InRange(cache.Remove(model), 300_000, 302_000);
        Assert.Empty(cache.List());
        Assert.False(Directory.Exists(Path.Combine(Folder, "models--org--captioner")));
    }

    [Fact]
    public async Task Removing_one_snapshot_keeps_the_blobs_of_another()
    {
        Hub.AddModel();
        var pulled = await PullAsync("org/captioner");
        var cache = new HubCache(Folder);
        string other = Path.Combine(Path.GetDirectoryName(pulled.Folder)!, new string('b', 40));
        Directory.CreateDirectory(other);
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            File.CreateSymbolicLink(Path.Combine(other, name), new FileInfo(Path.Combine(pulled.Folder, name)).LinkTarget!);
        }

        cache.Remove(cache.List().Single(m => m.Commit == HubStandIn.Commit));
        var kept = Assert.Single(cache.List());
        Assert.Equal(other, kept.Folder);
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(Folder, "models--org--captioner", "blobs")).Count());
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
