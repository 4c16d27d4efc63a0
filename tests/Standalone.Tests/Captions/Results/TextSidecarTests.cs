using System.Text;
using ImageToText.Standalone.Captions.Results;

namespace ImageToText.Standalone.Tests.Captions.Results;

public sealed class TextSidecarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_one_line_of_utf8_without_a_byte_order_mark()
    {
        Write("a.png", "größe");
        Assert.Equal("größe\n"u8.ToArray(), File.ReadAllBytes(At("a.txt")));
        Assert.Equal(["a.txt"], Names());
    }

    [Theory]
    [InlineData("sks dog", "sks dog, a cat\n")]
    [InlineData("sks dog,", "sks dog, a cat\n")]
    [InlineData("\uFEFFsks\r\ndog.\n", "sks dog. a cat\n")]
    [InlineData("", "a cat\n")]
    [InlineData("sks dog, a cat", "sks dog, a cat")]
    [InlineData("a cat", "a cat")]
    public void Appending_keeps_what_is_there_and_adds_a_caption_once(string before, string after)
    {
        File.WriteAllText(At("a.txt"), before, new UTF8Encoding(false));
        Write("a.png", "a cat", append: true);
        Assert.Equal(after, File.ReadAllText(At("a.txt")));
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_left_alone_and_named()
    {
        byte[] latin1 = [0x67, 0x72, 0xFC, 0xDF];
        File.WriteAllBytes(At("a.txt"), latin1);
        var failure = Assert.Throws<ResultFileException>(() => Write("a.png", "a cat", append: true));
        Assert.Contains("a.txt: is not UTF-8", failure.Message, StringComparison.Ordinal);
        Assert.Equal(latin1, File.ReadAllBytes(At("a.txt")));
    }

    [Fact]
    public void Without_append_a_file_is_replaced_whatever_it_contains()
    {
        File.WriteAllBytes(At("a.txt"), [0xFF, 0xFE]);
        Write("a.png", "a cat");
        Assert.Equal("a cat\n", File.ReadAllText(At("a.txt")));
    }

    [Theory]
    [InlineData("old", true, true)]
    [InlineData("", true, false)]
    [InlineData("old", false, false)]
    public void Only_a_file_with_text_is_skipped_and_only_on_request(string before, bool skip, bool has)
    {
        File.WriteAllText(At("a.txt"), before);
        using var sidecar = new TextSidecar(".txt", append: false, skip);
        Assert.Equal(has, sidecar.Has(At("a.png")));
    }

    [Fact]
    public void Two_pictures_never_share_a_file()
    {
        using var sidecar = new TextSidecar(".txt", append: false, skipExisting: false);
        sidecar.Claim(At("a.png"));
        sidecar.Claim(At("a.png"));
        var failure = Assert.Throws<ResultFileException>(() => sidecar.Claim(At("a.jpg")));
        Assert.Contains("a.txt belongs to a.png", failure.Message, StringComparison.Ordinal);
    }

    private void Write(string picture, string text, bool append = false)
    {
        using var sidecar = new TextSidecar(".txt", append, skipExisting: false);
        sidecar.Write(At(picture), text, DelegateCaptioner.Of(text));
    }

    private IEnumerable<string?> Names() => Directory.GetFiles(_folder.Path).Select(Path.GetFileName);

    private string At(string name) => Path.Combine(_folder.Path, name);
}
