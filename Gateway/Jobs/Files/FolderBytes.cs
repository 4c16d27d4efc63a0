using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Bytes of files in a folder.</summary>
internal sealed class FolderBytes(IOptions<JobOptions> options, GatewayIdentity identity) : IFileBytes
{
    private readonly string _folder = Path.GetFullPath(options.Value.Directory ?? Path.Combine(identity.DataDirectory, "jobs"));

    /// <summary>Where a file's bytes are.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <inheritdoc/>
    public Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder);
        return WholeFile.WriteAsync(
            PathOf(name),
            async stream =>
            {
                await write(stream);
                // Whoever is told that the file is there finds it after a power failure too.
                ((FileStream)stream).Flush(flushToDisk: true);
            }
        );
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(
            new FileStream(
                PathOf(name),
                new FileStreamOptions
                {
                    // It stays readable if it is removed meanwhile.
                    Share = FileShare.Read | FileShare.Delete,
                    Options = FileOptions.Asynchronous,
                }
            )
        );

    /// <inheritdoc/>
    public Task<bool> ExistAsync(string name, CancellationToken cancellationToken) => Task.FromResult(File.Exists(PathOf(name)));

    /// <inheritdoc/>
    public Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        File.Delete(PathOf(name));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SweepAsync(long before, CancellationToken cancellationToken)
    {
        foreach (var file in FilesBefore(before, "file-*" + WholeFile.Unfinished))
        {
            file.Delete();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> OldAsync(long before, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([
            .. FilesBefore(before, "file-*")
                .Select(static file => file.Name)
                .Where(static name => !name.EndsWith(WholeFile.Unfinished, StringComparison.Ordinal)),
        ]);

    private FileInfo[] FilesBefore(long before, string names)
    {
        var folder = new DirectoryInfo(_folder);
        var time = DateTimeOffset.FromUnixTimeSeconds(before);
        return folder.Exists ? [.. folder.EnumerateFiles(names).Where(file => file.LastWriteTimeUtc < time.UtcDateTime)] : [];
    }
}
