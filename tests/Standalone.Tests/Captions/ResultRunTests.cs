using ImageToText.Captioning;
using ImageToText.Standalone.Captions;
using ImageToText.Standalone.Captions.Results;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Standalone.Tests.Captions;

/// <summary>Runs that write captions to files next to the pictures.</summary>
public sealed class ResultRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _captioned = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sidecars_lie_next_to_their_pictures_and_standard_output_stays_empty()
    {
        Pictures("a.png", "sub/b.jpg");
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Success, await RunAsync(terminal, new ResultSettings { Sidecar = ".txt" }));
        Assert.Equal("caption of a.png\n", Read("a.txt"));
        Assert.Equal("caption of sub/b.jpg\n", Read("sub/b.txt"));
        Assert.Equal("", terminal.Out);
        Assert.Equal("Captioned 2, skipped 0, failed 0." + Environment.NewLine, terminal.Error);
    }

    [Fact]
    public async Task A_second_run_captions_only_what_is_missing()
    {
        Pictures("a.png", "b.png", "c.png");
        _folder.Write("pictures/b.txt", "by hand");
        using var terminal = new TestTerminal();
        await RunAsync(terminal, new ResultSettings { Sidecar = ".txt", SkipExisting = true });
        Assert.Equal(["a.png", "c.png"], _captioned.Order());
        Assert.Equal("by hand", Read("b.txt"));
        Assert.Contains("Captioned 2, skipped 1, failed 0.", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_is_done_only_when_all_its_files_have_the_caption()
    {
        Pictures("a.png", "b.png");
        _folder.Write("pictures/a.txt", "by hand");
        string lines = Path.Combine(_folder.Path, "captions.jsonl");
        var settings = new ResultSettings
        {
            Sidecar = ".txt",
            SkipExisting = true,
            JsonLines = lines,
            Resume = true,
        };
        using var terminal = new TestTerminal();
        await RunAsync(terminal, settings);
        Assert.Equal("by hand", Read("a.txt"));
        Assert.Equal(2, (await File.ReadAllLinesAsync(lines, Cancelled)).Length);
        _captioned.Clear();
        await RunAsync(terminal, settings);
        Assert.Empty(_captioned);
    }

    [Fact]
    public async Task Failed_pictures_are_named_and_counted_and_the_run_ends_with_1()
    {
        Pictures("a.png", "broken.png", "phone.dng", "same.jpg", "same.png", "text.gif");
        using var terminal = new TestTerminal();
        int code = await RunAsync(
            terminal,
            new ResultSettings { Sidecar = ".txt" },
            name =>
                name switch
                {
                    "broken.png" => throw new ImageException(ImageFault.Corrupt, "The PNG ends early."),
                    "text.gif" => throw new ImageException(ImageFault.UnsupportedFormat, "This is no picture."),
                    _ => DelegateCaptioner.Of("caption of " + name),
                }
        );
        Assert.Equal(ExitCode.Failure, code);
        Assert.Equal("caption of a.png\n", Read("a.txt"));
        Assert.Equal("caption of same.jpg\n", Read("same.txt"));
        Assert.Contains("broken.png: The PNG ends early.", terminal.Error, StringComparison.Ordinal);
        Assert.Contains("phone.dng: DNG pictures are not supported.", terminal.Error, StringComparison.Ordinal);
        Assert.Contains("same.txt belongs to same.jpg", terminal.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "Captioned 2, skipped 0, failed 4 (of an unknown kind 2, broken 1, not written 1)." + Environment.NewLine,
            terminal.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Names_with_line_breaks_stay_on_one_line()
    {
        Pictures("a\nb.png", "-c.png");
        using var terminal = new TestTerminal();
        await RunAsync(terminal, new ResultSettings());
        Assert.Equal(2, terminal.OutLines.Length);
        Assert.Contains(terminal.OutLines, line => line.EndsWith("a\\x0ab.png: caption of a\\x0ab.png", StringComparison.Ordinal));
        Assert.Contains(terminal.OutLines, line => line.EndsWith("-c.png: caption of -c.png", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Csv_has_headings_quotes_and_no_formulas()
    {
        Pictures("a, b.png");
        using var terminal = new TestTerminal();
        await RunAsync(terminal, new ResultSettings(), _ => DelegateCaptioner.Of("=1+\"2\""), OutputForm.Csv);
        Assert.Equal($"path,text\r\n\"{Path.Combine(_folder.Path, "pictures", "a, b.png")}\",\"'=1+\"\"2\"\"\"\r\n", terminal.Out);
    }

    [Fact]
    public async Task Without_a_screen_a_progress_line_appears_every_ten_seconds()
    {
        Pictures([.. Enumerable.Range(0, 30).Select(static i => $"{i:d2}.png")]);
        using var terminal = new TestTerminal();
        await RunAsync(
            terminal,
            new ResultSettings { Sidecar = ".txt" },
            name =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return DelegateCaptioner.Of(name);
            }
        );
        Assert.Matches(@"\d+ of 30, \d+\.\d captions/s, 00:\d\d:\d\d left", terminal.Error);
    }

    [Fact]
    public async Task Standard_input_has_no_sidecar()
    {
        using var terminal = new TestTerminal("x"u8.ToArray());
        var settings = new CaptionSettings
        {
            Paths = ["-"],
            Results = new ResultSettings { Sidecar = ".txt" },
        };
        var run = new CaptionRun(
            new DelegateCaptioner((_, _, _) => throw new InvalidOperationException()).Engine,
            terminal.Terminal,
            settings,
            _time
        );
        Assert.Equal(ExitCode.Usage, await run.RunAsync(Cancelled));
        Assert.Contains("standard input", terminal.Error, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(
        TestTerminal terminal,
        ResultSettings results,
        Func<string, Caption>? caption = null,
        OutputForm output = OutputForm.Text
    )
    {
        _folder.Write("model/config.json", "{}");
        var captioner = new DelegateCaptioner(
            (name, _, _) =>
            {
                lock (_captioned)
                {
                    _captioned.Add(name);
                    return Task.FromResult(
                        caption is null ? DelegateCaptioner.Of("caption of " + CaptionOutput.Printable(name)) : caption(name)
                    );
                }
            }
        );
        var settings = new CaptionSettings
        {
            Paths = [Path.Combine(_folder.Path, "pictures")],
            Model = Path.Combine(_folder.Path, "model"),
            Output = results.WritesFiles ? OutputForm.None : output,
            Results = results,
        };
        return new CaptionRun(captioner.Engine, terminal.Terminal, settings, _time).RunAsync(Cancelled);
    }

    private void Pictures(params string[] names)
    {
        foreach (string name in names)
        {
            _folder.Write($"pictures/{name}", name);
        }
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder.Path, "pictures", name));
}
