using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Intake.Folders;

/// <summary>
/// The pictures in the folders that the operator opened. Callers name them as FOLDER/PATH with the folder's name. Neither a path nor a
/// link leads out of a folder.
/// </summary>
internal sealed class OpenFolders(IOptions<OpenFolderOptions> options, PictureIntake intake) : INamedPictures
{
    // EROFS on Linux and macOS, ERROR_WRITE_PROTECT on Windows.
    private static readonly int[] ReadOnly = [30, unchecked((int)0x80070013)];

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>The names of the pictures in a folder, or in one below it, sorted.</summary>
    /// <param name="folder">The folder, as callers name it.</param>
    /// <exception cref="RefusalException">404: it is not open, or not there.</exception>
    public IReadOnlyList<string> Pictures(string folder)
    {
        var (open, path) = Find(folder);
        string root = Root(open);
        if (path is null || !Directory.Exists(path))
        {
            throw Refusals.NoFolder(folder);
        }

        return
        [
            .. FolderWalk
                .Files(path, static (_, _) => { }, real => IsWithin(root, real))
                .Where(static file => PictureExtensions.Known.Contains(Path.GetExtension(file)))
                .Select(file => open.Name + "/" + Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether text files may be written beside the pictures of a folder.</summary>
    /// <exception cref="RefusalException">404: it is not open.</exception>
    public bool TakesSidecars(string folder) => Find(folder).Open.Sidecars;

    /// <inheritdoc/>
    public Task<Picture> ReadAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(name, file => intake.ReadPictureAsync(file, file.Length, intake.MaxBodyBytes, cancellationToken));

    /// <inheritdoc/>
    public Task<byte[]> StartOfAsync(string name, int count, CancellationToken cancellationToken) =>
        ReadAsync(
            name,
            async file =>
            {
                byte[] start = new byte[Math.Min(count, file.Length)];
                await file.ReadExactlyAsync(start, cancellationToken);
                return start;
            }
        );

    /// <inheritdoc/>
    public Task WriteTextAsync(string name, string text, CancellationToken cancellationToken)
    {
        int end = name.LastIndexOf('/');
        var (open, folder) = Find(name[..end]);
        if (folder is null || !open.Sidecars)
        {
            throw Refusals.NoSidecar(name);
        }

        string path = Path.Combine(folder, name[(end + 1)..]);
        // A folder of that name stays, so waiting would not help.
        if (Directory.Exists(path))
        {
            throw Refusals.NoSidecar(name);
        }

        try
        {
            WholeFile.WriteText(path, text + "\n");
            return Task.CompletedTask;
        }
        catch (IOException failure) when (FullDisk.Explains(failure))
        {
            throw Refusals.FolderFull(name, RetryAfter, failure);
        }
        catch (Exception failure) when (IsForGood(failure))
        {
            throw Refusals.NoSidecar(name, failure);
        }
        catch (IOException failure)
        {
            throw Refusals.FolderUnavailable(name, RetryAfter, failure);
        }
    }

    private async Task<T> ReadAsync<T>(string name, Func<FileStream, Task<T>> read)
    {
        var (_, path) = Find(name);
        try
        {
            await using var file = new FileStream(
                path ?? throw Refusals.NoPictureFile(name),
                new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }
            );
            return await read(file);
        }
        catch (Exception failure)
            when (failure is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Refusals.NoPictureFile(name, failure);
        }
    }

    // The rest may pass: a share that is away, a disk that fails, a file that another program holds.
    private static bool IsForGood(Exception failure) =>
        failure is UnauthorizedAccessException or DirectoryNotFoundException or FileNotFoundException or PathTooLongException
        || ReadOnly.Contains(failure.HResult);

    private static string Root(OpenFolder open) => Path.TrimEndingDirectorySeparator(Links.RealPath(open.Path));

    private static bool IsWithin(string root, string real) =>
        real == root || real.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // The path is null if it leads out of the folder.
    private (OpenFolder Open, string? Path) Find(string name)
    {
        string[] parts = name.TrimEnd('/').Split('/');
        var open = options.Value.Folders.FirstOrDefault(folder => folder.Name == parts[0]) ?? throw Refusals.NoFolder(parts[0]);
        if (parts.Any(static part => part is "" or "." or ".." || part.AsSpan().ContainsAny("\\\0")))
        {
            return (open, null);
        }

        string root = Root(open);
        string real = Links.RealPath(Path.Combine([root, .. parts[1..]]));
        return (open, IsWithin(root, real) ? real : null);
    }
}
