using System.Text.Json;
using ImageToText.Standalone.Captions.Results;

namespace ImageToText.Standalone.Tests.Captions.Results;

public sealed class JsonLinesFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unfinished_last_line_is_dropped_when_the_file_is_continued()
    {
        Write(resume: false, "a.png", "b.png");
        File.AppendAllText(At("captions.jsonl"), """{"path":"c.png","te""");
        using (var file = Open(resume: true))
        {
            Assert.True(file.Has("a.png"));
            Assert.True(file.Has("b.png"));
            Assert.False(file.Has("c.png"));
            file.Write("c.png", "again", DelegateCaptioner.Of("again"));
        }

        Assert.Equal(["a.png", "b.png", "c.png"], Paths());
    }

    [Fact]
    public void An_unfinished_first_line_is_dropped_too()
    {
        _folder.Write("captions.jsonl", new string('x', 10_000));
        using (Open(resume: true)) { }

        Assert.Empty(File.ReadAllBytes(At("captions.jsonl")));
    }

    [Fact]
    public void A_file_is_never_overwritten()
    {
        Write(resume: false, "a.png");
        var failure = Assert.Throws<ResultFileException>(() => Open(resume: false));
        Assert.Contains("--resume", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["a.png"], Paths());
    }

    [Fact]
    public void A_file_with_other_content_is_left_alone()
    {
        _folder.Write("captions.jsonl", "path,text\n");
        var failure = Assert.Throws<ResultFileException>(() => Open(resume: true));
        Assert.Contains("line 1 is not a caption", failure.Message, StringComparison.Ordinal);
        Assert.Equal("path,text\n", File.ReadAllText(At("captions.jsonl")));
    }

    [Fact]
    public void Any_name_fits_on_one_line()
    {
        string[] names = ["a\nb.png", "-.png", "\U0001F436.png", "e\u0301.png", "\"q\".png"];
        Write(resume: false, names);
        Assert.Equal(names, Paths());
    }

    private JsonLinesFile Open(bool resume) => new(At("captions.jsonl"), resume, details: false);

    private void Write(bool resume, params string[] pictures)
    {
        using var file = Open(resume);
        foreach (string picture in pictures)
        {
            file.Write(picture, "text", DelegateCaptioner.Of("text"));
        }
    }

    private IEnumerable<string?> Paths() =>
        File.ReadAllLines(At("captions.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("path").GetString());

    private string At(string name) => Path.Combine(_folder.Path, name);
}
