using ImageToText.Standalone.PictureFiles;

namespace ImageToText.Standalone.Tests.Captions.Pictures;

public sealed class PicturePathsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PicturePathsTests()
    {
        foreach (string name in (string[])["b.jpg", "a.PNG", "notes.txt", "sub/c.webp", "sub/deep/d.jpg"])
        {
            _folder.Write(name);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_means_all_pictures_below_it_sorted_by_name() =>
        Assert.Equal(["a.PNG", "b.jpg", "sub/c.webp", "sub/deep/d.jpg"], Expand(""));

    [Fact]
    public void A_picture_in_an_unsupported_format_is_reported()
    {
        string path = _folder.Write("sub/deep/e.dng");
        var picture = Assert.Single(PicturePaths.Expand([_folder.Path]), static picture => picture.Error is not null);
        Assert.Equal((path, PictureFault.UnknownKind), (picture.Path, picture.Fault));
        Assert.Contains("e.dng: DNG pictures are not supported", picture.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*.jpg", "b.jpg")]
    [InlineData("**/*.jpg", "b.jpg sub/deep/d.jpg")]
    [InlineData("sub/*/d.jpg", "sub/deep/d.jpg")]
    [InlineData("*", "a.PNG b.jpg notes.txt")]
    public void A_glob_means_every_match(string glob, string found) => Assert.Equal(found.Split(' '), Expand(glob));

    [Fact]
    public void Arguments_keep_their_order() => Assert.Equal(["sub/c.webp", "b.jpg"], Expand("sub/c.webp", "b.jpg"));

    [Fact]
    public void A_file_whose_name_has_a_star_is_that_file()
    {
        _folder.Write("x*.jpg");
        Assert.Equal(["x*.jpg"], Expand("x*.jpg"));
    }

    [Theory]
    [InlineData("none.jpg", "no such file")]
    [InlineData("*.tiff", "no file matches")]
    [InlineData("nowhere/*.jpg", "no file matches")]
    public void A_missing_path_is_reported(string typed, string message)
    {
        var picture = Assert.Single(PicturePaths.Expand([Path.Combine(_folder.Path, typed)]));
        Assert.Contains(message, picture.Error, StringComparison.Ordinal);
        Assert.Contains(typed, picture.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_pictures_is_reported()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "empty"));
        Assert.Contains(
            "no pictures",
            Assert.Single(PicturePaths.Expand([Path.Combine(_folder.Path, "empty")])).Error,
            StringComparison.Ordinal
        );
    }

    private IEnumerable<string> Expand(params string[] typed) =>
        PicturePaths
            .Expand(typed.Select(t => Path.Combine(_folder.Path, t)))
            .Select(p => Path.GetRelativePath(_folder.Path, p.Path).Replace('\\', '/'));
}
