using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace ImageToText.Standalone.PictureFiles;

/// <summary>A folder as globs see it. Links back to a folder on the same path are not followed.</summary>
/// <param name="folder">The folder.</param>
/// <param name="parent">The folder that contains it; null where the glob starts.</param>
internal sealed class GlobFolder(DirectoryInfo folder, GlobFolder? parent = null) : DirectoryInfoBase
{
    private readonly string _realPath = Links.RealPath(folder.FullName);

    /// <inheritdoc/>
    public override string Name => folder.Name;

    /// <inheritdoc/>
    public override string FullName => folder.FullName;

    /// <inheritdoc/>
    public override DirectoryInfoBase? ParentDirectory => parent;

    /// <inheritdoc/>
    public override IEnumerable<FileSystemInfoBase> EnumerateFileSystemInfos()
    {
        FileSystemInfo[] found;
        try
        {
            found = folder.GetFileSystemInfos();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Like a shell, a glob skips hidden files.
            yield break;
        }

        foreach (var entry in found)
        {
            if (entry is not DirectoryInfo inner)
            {
                yield return new FileInfoWrapper((FileInfo)entry);
            }
            else if (new GlobFolder(inner, this) is var next && !next.LeadsBack())
            {
                yield return next;
            }
        }
    }

    /// <inheritdoc/>
    public override DirectoryInfoBase? GetDirectory(string path) => new GlobFolder(new DirectoryInfo(Path.Combine(FullName, path)), this);

    /// <inheritdoc/>
    public override FileInfoBase? GetFile(string path) => new FileInfoWrapper(new FileInfo(Path.Combine(FullName, path)));

    private bool LeadsBack()
    {
        for (var above = parent; above is not null; above = above.Parent)
        {
            if (above._realPath == _realPath)
            {
                return true;
            }
        }

        return false;
    }

    private GlobFolder? Parent => parent;
}
