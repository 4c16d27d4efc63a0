using System.Buffers;
using System.Net;
using ImageToText.ServiceDefaults.Files;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.InferenceService.Hub;

/// <summary>Fetches files into the cache, each once: under a lock, resumed where it broke off, and checked by its hash.</summary>
internal sealed class BlobFetch(HubClient client, HubCache cache, HubOptions options, TimeProvider time)
{
    private const int BufferBytes = 128 * 1024;
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>The complete file, as a blob or (if links are not used) in the snapshot itself; null if it is missing.</summary>
    public string? FindStored(HubModelReference reference, string snapshot, HubFile file)
    {
        string inSnapshot = Path.Combine(cache.SnapshotFolder(reference.Id, snapshot), file.Name);
        return new[] { cache.BlobPath(reference.Id, file.Hash!), inSnapshot }.FirstOrDefault(path => SizeOf(path) == file.Size);

        static long? SizeOf(string path) =>
            !File.Exists(path) ? null
            : File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target.Length
            : new FileInfo(path).Length;
    }

    /// <summary>Where a file lies while it is incomplete.</summary>
    public string PartialPath(HubModelReference reference, HubFile file) => cache.BlobPath(reference.Id, file.Hash!) + ".incomplete";

    /// <summary>Fetches one file of a commit, if it is not there yet. Only one process at a time fetches it.</summary>
    /// <exception cref="HubException">What came is not what the hub announced, or nothing came.</exception>
    public async Task<FetchedFile> FetchAsync(
        HubModel model,
        string commit,
        HubFile file,
        IProgress<HubProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        var reference = model.Reference;
        long size = file.Size!.Value;
        if (FindStored(reference, model.Commit, file) is { } there)
        {
            return Done(there, 0);
        }

        await using var held = await LockAsync(cache.LockPath(reference.Id, file.Hash!), cancellationToken);
        if (FindStored(reference, model.Commit, file) is { } others)
        {
            return Done(others, 0);
        }

        string partialPath = PartialPath(reference, file);
        string blobPath = cache.BlobPath(reference.Id, file.Hash!);
        Directory.CreateDirectory(Path.GetDirectoryName(blobPath)!);
        long downloaded;
        string actual;
        using (var hash = new BlobHash(file.Hash!, size))
        {
            await using (
                var partial = new FileStream(
                    partialPath,
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.Read,
                    BufferBytes,
                    useAsync: true
                )
            )
            {
                downloaded = await CompleteAsync(reference, commit, file, partial, hash, progress, cancellationToken);
                await partial.FlushAsync(cancellationToken);
                partial.Flush(flushToDisk: true);
            }

            actual = hash.Finish();
            if (actual != hash.Expected)
            {
                File.Delete(partialPath);
                throw new HubException(
                    HubFault.Corrupt,
                    $"{reference}/{file.Name} came with {hash.Name} {actual} instead of {hash.Expected}. It was "
                        + $"discarded. Pull again; if it happens again, "
                        + "something between here and the hub is changing files."
                );
            }
        }

        File.Move(partialPath, blobPath, overwrite: true);
        return Done(blobPath, downloaded);

        FetchedFile Done(string path, long bytes)
        {
            progress?.Report(new HubProgress(file.Name, size, size));
            return new FetchedFile(file, path, bytes);
        }
    }

    /// <summary>Downloads the rest of a partial file, and resumes as long as each connection brings something.</summary>
    /// <returns>Bytes that came over the network.</returns>
    private async Task<long> CompleteAsync(
        HubModelReference reference,
        string commit,
        HubFile file,
        FileStream partial,
        BlobHash hash,
        IProgress<HubProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        long size = file.Size!.Value;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            if (partial.Length > size)
            {
                partial.SetLength(0);
            }

            for (int read; (read = await partial.ReadAsync(buffer.AsMemory(0, BufferBytes), cancellationToken)) > 0; )
            {
                hash.Append(buffer.AsSpan(0, read));
            }

            long downloaded = 0;
            while (partial.Position < size)
            {
                // An attempt that brought something is followed by the next at once. Only fruitless attempts count and wait.
                await client.RetryAsync(
                    async token =>
                    {
                        long before = downloaded;
                        try
                        {
                            using var response = await client.OpenAsync(reference, commit, file, partial.Position, token);
                            if (partial.Position > 0 && !Continues(response, partial.Position))
                            {
                                StartOver();
                            }

                            await using var body = await response.Content.ReadAsStreamAsync(token);
                            for (int read; (read = await ReadAsync(body, buffer, token)) > 0; )
                            {
                                if (partial.Position + read > size)
                                {
                                    StartOver();
                                    throw new HubException(
                                        HubFault.Corrupt,
                                        $"{reference}/{file.Name} is longer than the {size} bytes announced and was discarded."
                                    );
                                }

                                await partial.WriteAsync(buffer.AsMemory(0, read), token);
                                hash.Append(buffer.AsSpan(0, read));
                                downloaded += read;
                                progress?.Report(new HubProgress(file.Name, partial.Position, size));
                            }

                            return partial.Position == size ? true : throw new HubInterruptedException($"{file.Name} ended early");
                        }
                        catch (HubInterruptedException) when (downloaded > before)
                        {
                            return false;
                        }
                    },
                    cancellationToken
                );
            }

            return downloaded;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        void StartOver()
        {
            partial.SetLength(0);
            hash.Restart();
        }
    }

    // A server may ignore the range (200) or answer with another one; then the partial file can't be continued.
    private static bool Continues(HttpResponseMessage response, long position) =>
        response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == position;

    private async ValueTask<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.StallTimeout, time, cancellationToken);
        try
        {
            return await body.ReadAsync(buffer.AsMemory(0, BufferBytes), deadline.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new HubInterruptedException($"The connection was cut: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubInterruptedException("The connection has stalled", e);
        }
    }

    private async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (HeldFile.Explains(e))
            {
                await Task.Delay(LockPoll, time, cancellationToken);
            }
        }
    }
}

/// <summary>A file that is now in the cache.</summary>
/// <param name="File">What the hub says of it.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Downloaded">Bytes downloaded this time.</param>
internal sealed record FetchedFile(HubFile File, string Path, long Downloaded);
