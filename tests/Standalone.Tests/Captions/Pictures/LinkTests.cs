using ImageToText.Standalone.PictureFiles;

namespace ImageToText.Standalone.Tests.Captions.Pictures;

/// <summary>Folders with links that lead back to each other or to themselves.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LinkTests()
    {
        _folder.Write("a/1.png");
        _folder.Write("b/2.png");
        Link("a/to-b", "b");
        Link("b/to-a", "a");
        Link("a/to-top", "");
        Link("b/self", "b/self");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_yields_each_picture_once() =>
        Assert.Equal(["a/1.png", "b/2.png"], Expand("").Where(static picture => picture.Error is null).Select(Relative));

    [Fact]
    public void A_glob_never_follows_a_cycle() =>
        Assert.Equal(
            ["a/1.png", "a/to-b/2.png", "b/2.png", "b/to-a/1.png"],
            Expand("**/*.png").Select(Relative).Where(static path => !path.Contains("to-top", StringComparison.Ordinal))
        );

    [Fact]
    public void A_folder_that_is_a_link_is_searched()
    {
        Link("c", "a");
        Assert.Contains("c/1.png", Expand("c").Select(Relative));
    }

    private IEnumerable<PicturePath> Expand(string typed) => PicturePaths.Expand([Path.Combine(_folder.Path, typed)]);

    private string Relative(PicturePath picture) => Path.GetRelativePath(_folder.Path, picture.Path).Replace('\\', '/');

    private void Link(string name, string target) =>
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, name), Path.Combine(_folder.Path, target));
}
