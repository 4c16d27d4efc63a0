namespace ImageToText.InferenceService.Hub;

/// <summary>Downloads models from the Hugging Face hub into the cache that Hugging Face's own tools use.</summary>
public sealed class HubDownloader
{
    private readonly HubClient _client;
    private readonly HubOptions _options;
    private readonly BlobFetch _blobs;

    /// <param name="http">Made by <see cref="CreateHttpClient"/> or like it: without redirects and without a timeout.</param>
    /// <param name="options">Where to download from, and where to.</param>
    /// <param name="time">The clock for retries and timeouts; null: the system's.</param>
    public HubDownloader(HttpClient http, HubOptions options, TimeProvider? time = null)
    {
        _options = options;
        _client = new HubClient(http, options, time ?? TimeProvider.System);
        Cache = new HubCache(options.CacheFolder);
        _blobs = new BlobFetch(_client, Cache, options, time ?? TimeProvider.System);
    }

    /// <summary>The cache that holds the models.</summary>
    public HubCache Cache { get; }

    /// <summary>Makes an HTTP client that suits the downloader.</summary>
    public static HttpClient CreateHttpClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>
    /// Finds out what a model is from a few kilobytes: its config.json, its licence, where its weights are. Nothing is stored.
    /// </summary>
    /// <exception cref="HubException">The hub has no such model, or nothing in it can run.</exception>
    public async Task<HubModel> DescribeAsync(HubModelReference reference, CancellationToken cancellationToken = default)
    {
        if (_options.Offline)
        {
            throw new HubException(HubFault.Configuration, $"HF_HUB_OFFLINE forbids asking the hub about {reference}.");
        }

        var listing = await _client.ListAsync(reference, cancellationToken);
        var file = await _client.DescribeAsync(reference, listing.Commit, HubFiles.FindConfig(reference, listing.Files), cancellationToken);
        byte[] config = _blobs.FindStored(reference, listing.Commit, file) is { } stored
            ? await File.ReadAllBytesAsync(stored, cancellationToken)
            : await _client.ReadSmallAsync(reference, listing.Commit, file, cancellationToken);
        var (weights, weightFiles) = await FindWeightsAsync(reference, listing, cancellationToken);
        return new HubModel
        {
            Reference = reference,
            Commit = listing.Commit,
            Config = config,
            Licence = listing.Licence,
            Weights = weights,
            Parameters = listing.Parameters,
            Files = [.. listing.Files.Select(known => known.Name == file.Name ? file : known)],
            WeightFiles = weightFiles,
        };
    }

    /// <summary>
    /// Downloads a model's missing files and returns its snapshot folder. Safe to call from several processes at once.
    /// </summary>
    /// <param name="reference">Which model.</param>
    /// <param name="choose">
    /// Names the files to download besides config.json and the weights, as far as the model has them. It throws to refuse the
    /// model before they are downloaded.
    /// </param>
    /// <param name="progress">Receives each file's bytes as they arrive, from several threads.</param>
    /// <param name="mostBytes">The most bytes of weights to download; null: as many as the drive has room for.</param>
    /// <param name="cancellationToken">Stops at once. What has arrived is kept for the next time.</param>
    /// <exception cref="HubException">The model could not be downloaded. The message says why and what to do.</exception>
    public async Task<PulledModel> PullAsync(
        HubModelReference reference,
        Func<HubModel, IReadOnlyCollection<string>> choose,
        IProgress<HubProgress>? progress = null,
        long? mostBytes = null,
        CancellationToken cancellationToken = default
    )
    {
        if (_options.Offline)
        {
            string folder =
                Cache.FindSnapshot(reference)
                ?? throw new HubException(
                    HubFault.NotFound,
                    $"{reference} is not in {Cache.Folder}, and HF_HUB_OFFLINE forbids downloading it."
                );
            return new PulledModel(reference.Id, Path.GetFileName(folder), folder, null, 0);
        }

        try
        {
            var model = await DescribeAsync(reference, cancellationToken);
            HashSet<string> wanted = [HubFiles.Config, .. choose(model)];
            HubFile[] chosen = [.. model.Files.Where(file => wanted.Contains(file.Name) && HubFiles.IsPlainName(file.Name))];
            var small = await FetchAllAsync(model, model.Commit, chosen, progress, long.MaxValue, cancellationToken);
            var large = await FetchWeightsAsync(model, progress, mostBytes ?? long.MaxValue, cancellationToken);

            // Links come last and all at once, so that other tools see only complete snapshot folders.
            string snapshot = Cache.SnapshotFolder(reference.Id, model.Commit);
            FetchedFile[] all = [.. small, .. large];
            foreach (var file in all)
            {
                PutInPlace(file, Path.Combine(snapshot, file.File.Name));
            }

            if (reference.Revision != model.Commit)
            {
                WriteRef(Cache.RefPath(reference.Id, reference.Revision), model.Commit);
            }

            return new PulledModel(reference.Id, model.Commit, snapshot, model.Weights, all.Sum(f => f.Downloaded));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubFault.Storage, $"{reference} can't be stored in {Cache.Folder}: {e.Message}", e);
        }
    }

    /// <summary>The revision's own safetensors, else the conversion bot's, else PyTorch's.</summary>
    private async Task<(HubWeights Weights, IReadOnlyList<HubFile> Files)> FindWeightsAsync(
        HubModelReference reference,
        HubListing listing,
        CancellationToken cancellationToken
    )
    {
        var own = HubFiles.FindWeights(listing.Files);
        if (
            own is null or { IsPickled: true }
            && await new HubConversion(_client).FindAsync(reference, listing.Commit, cancellationToken) is { } conversion
        )
        {
            return (
                Describe(
                    HubFiles.FindWeights(conversion.Listing.Files)!,
                    conversion.Listing,
                    conversion.Reference.Revision,
                    isConversion: true
                ),
                conversion.Listing.Files
            );
        }

        return own is null
            ? throw HubFiles.NoWeights(reference, listing.Files)
            : (Describe(own, listing, reference.Revision, isConversion: false), listing.Files);
    }

    private static HubWeights Describe(HubWeightsForm form, HubListing listing, string revision, bool isConversion)
    {
        // Shards are named after the whole: model-00001-of-00002.safetensors. When they are downloaded, the index says which of
        // them count.
        var (stem, extension) = (form.File[..form.File.IndexOf('.', StringComparison.Ordinal)], form.IsPickled ? ".bin" : ".safetensors");
        var parts = form.IsIndex
            ? listing.Files.Where(file =>
                file.Name.StartsWith($"{stem}-", StringComparison.Ordinal) && file.Name.EndsWith(extension, StringComparison.Ordinal)
            )
            : listing.Files.Where(file => file.Name == form.File);
        long?[] sizes = parts.Select(file => file.Size).ToArray();
        return new HubWeights(
            form.File,
            revision,
            listing.Commit,
            form.IsPickled,
            isConversion,
            sizes.Length == 0 || sizes.Contains(null) ? null : sizes.Sum(static size => size!.Value)
        );
    }

    private async Task<FetchedFile[]> FetchWeightsAsync(
        HubModel model,
        IProgress<HubProgress>? progress,
        long mostBytes,
        CancellationToken cancellationToken
    )
    {
        var form = HubFiles.Forms.Single(form => form.File == model.Weights.File);
        HubFile[] first = [model.WeightFiles.Single(file => file.Name == form.File)];
        if (!form.IsIndex)
        {
            return await FetchAllAsync(model, model.Weights.Commit, first, progress, mostBytes, cancellationToken);
        }

        var index = await FetchAllAsync(model, model.Weights.Commit, first, progress, long.MaxValue, cancellationToken);
        var shards = HubFiles.SelectShards(
            model.Reference,
            model.WeightFiles,
            form,
            await File.ReadAllBytesAsync(index[0].Path, cancellationToken)
        );
        return [.. index, .. await FetchAllAsync(model, model.Weights.Commit, shards, progress, mostBytes, cancellationToken)];
    }

    private async Task<FetchedFile[]> FetchAllAsync(
        HubModel model,
        string commit,
        IReadOnlyList<HubFile> files,
        IProgress<HubProgress>? progress,
        long mostBytes,
        CancellationToken cancellationToken
    )
    {
        var reference = model.Reference;
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = _options.MaxParallelDownloads,
            CancellationToken = cancellationToken,
        };
        var described = new HubFile[files.Count];
        await Parallel.ForAsync(
            0,
            files.Count,
            parallel,
            async (i, token) => described[i] = await _client.DescribeAsync(reference, commit, files[i], token)
        );
        if (Sum(described, static file => file.Size!.Value) is var size && size > mostBytes)
        {
            throw new HubException(
                HubFault.Storage,
                $"{reference} holds {Megabytes(size)} MB of weights; at most {Megabytes(mostBytes)} MB are downloaded here. Nothing was."
            );
        }

        CheckSpace(model, described);

        var fetched = new FetchedFile[files.Count];
        await Parallel.ForAsync(
            0,
            files.Count,
            parallel,
            async (i, token) => fetched[i] = await _blobs.FetchAsync(model, commit, described[i], progress, token)
        );
        return fetched;
    }

    private void CheckSpace(HubModel model, IEnumerable<HubFile> files)
    {
        var reference = model.Reference;
        long missing = Sum(
            files.Where(f => _blobs.FindStored(reference, model.Commit, f) is null),
            f =>
                f.Size!.Value
                - (new FileInfo(_blobs.PartialPath(reference, f)) is { Exists: true } partial ? Math.Min(partial.Length, f.Size.Value) : 0)
        );
        Directory.CreateDirectory(Cache.Folder);
        long free = _options.FreeBytes(Cache.Folder);
        if (missing > free)
        {
            throw new HubException(
                HubFault.Storage,
                $"{reference} needs {Megabytes(missing)} MB more, and the drive of {Cache.Folder} has {Megabytes(free)} MB free. "
                    + "Make room, or set HF_HOME to a folder on another drive."
            );
        }
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    // A hub's claims need not be true; a false one counts as too large rather than overflowing.
    private static long Sum(IEnumerable<HubFile> files, Func<HubFile, long> bytes) =>
        (long)Math.Min(long.MaxValue / 2, files.Sum(file => (decimal)bytes(file)));

    private void PutInPlace(FetchedFile file, string path)
    {
        if (Path.GetFullPath(file.Path) == Path.GetFullPath(path) || File.Exists(path))
        {
            return;
        }

        string folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        // A link to a deleted blob is in the way.
        File.Delete(path);
        if (_options.UseSymlinks)
        {
            try
            {
                File.CreateSymbolicLink(path, Path.GetRelativePath(folder, file.Path));
                return;
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException or PlatformNotSupportedException)
            {
                // Windows requires a privilege for links, and some drives have none. Then the file itself takes the link's place.
                if (File.Exists(path))
                {
                    return;
                }
            }
        }

        // Two small files may have the same contents under two names. Only large ones are worth storing once.
        if (file.File.Size < 16_000_000)
        {
            File.Copy(file.Path, path, overwrite: true);
        }
        else
        {
            File.Move(file.Path, path, overwrite: true);
        }
    }

    private static void WriteRef(string path, string commit)
    {
        if (File.Exists(path) && File.ReadAllText(path) == commit)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>The progress of a file.</summary>
/// <param name="File">Its name in the repository.</param>
/// <param name="Bytes">Bytes that have arrived.</param>
/// <param name="TotalBytes">Its size.</param>
public readonly record struct HubProgress(string File, long Bytes, long TotalBytes);

/// <summary>A model that is now in the cache.</summary>
/// <param name="Id">ORG/NAME.</param>
/// <param name="Commit">The commit, 40 hex digits.</param>
/// <param name="Folder">The snapshot folder.</param>
/// <param name="Weights">Where its weights came from; null: nobody was asked (HF_HUB_OFFLINE).</param>
/// <param name="DownloadedBytes">Bytes downloaded this time.</param>
public sealed record PulledModel(string Id, string Commit, string Folder, HubWeights? Weights, long DownloadedBytes);
