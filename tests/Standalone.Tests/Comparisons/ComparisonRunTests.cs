using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Contracts.Prices;
using ImageToText.Standalone.Comparisons;
using ImageToText.Standalone.Models;

namespace ImageToText.Standalone.Tests.Comparisons;

public sealed class ComparisonRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Page => Path.Combine(_folder.Path, "compare.html");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_page_shows_every_picture_with_each_models_caption_time_and_price()
    {
        AddPictures("a.png", "b.png");
        using var terminal = new TestTerminal();
        int code = await RunAsync(terminal, (model, number) => DelegateCaptioner.Of($"{model} <says> {number}"));

        Assert.Equal(ExitCode.Success, code);
        string page = await File.ReadAllTextAsync(Page, Cancelled);
        // Each model's first caption is made twice. The second one counts.
        foreach (string caption in (string[])["one &lt;says&gt; 2", "one &lt;says&gt; 3", "two &lt;says&gt; 2", "two &lt;says&gt; 3"])
        {
            Assert.Contains($"<p class=\"caption\">{caption}</p><small>2 ms, $0.000000003</small>", page, StringComparison.Ordinal);
        }

        Assert.Equal(2, page.Split("src=\"data:image/jpeg;base64,/9j/").Length - 1);
        Assert.Contains("<a href=\"pictures/a.png\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("BLEU", page, StringComparison.Ordinal);
        Assert.Equal(
            ["MODEL\tCAPTIONS\tMS EACH\tUSD\tBLEU-4\tCIDEr-D", "one\t2\t2\t0.000000006\t-\t-", "two\t2\t2\t0.000000006\t-\t-"],
            terminal.OutLines
        );
        Assert.Equal($"{Page}: 2 pictures, 2 models.{Environment.NewLine}", terminal.Error);
        Assert.Equal([Page], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Sidecar_texts_are_the_references_for_the_scores()
    {
        AddPictures("a.png", "b.png", "c.png");
        _folder.Write("pictures/a.txt", "black cat on chair\n\nan animal indoors\n");
        _folder.Write("pictures/b.caption", "white dog in snow");
        using var terminal = new TestTerminal();
        // The first picture is captioned twice.
        int code = await RunAsync(
            terminal,
            static (model, number) =>
                DelegateCaptioner.Of(
                    model == "two" ? "nothing"
                    : number < 3 ? "black cat on chair"
                    : number == 3 ? "white dog in snow"
                    : "?"
                ),
            json: true
        );

        Assert.Equal(ExitCode.Success, code);
        var lines = terminal.OutLines.Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([1, 0], lines.Select(static line => line.GetProperty("bleu4").GetDouble()));
        Assert.Equal(7.5, lines[0].GetProperty("cider_d").GetDouble(), 1e-9);
        Assert.Equal(["one", "two"], lines.Select(static line => line.GetProperty("id").GetString()));
        string page = await File.ReadAllTextAsync(Page, Cancelled);
        Assert.Contains("<li>black cat on chair</li><li>an animal indoors</li>", page, StringComparison.Ordinal);
        Assert.Contains("BLEU-4", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_picture_is_named_once_counted_and_not_retried()
    {
        AddPictures("a.png");
        _folder.Write("pictures/bad.png", "no picture");
        _folder.Write("pictures/phone.dng");
        _folder.Write("pictures/notes.txt", "of no picture");
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "pictures", "a.txt"), [0xff, 0xfe, 0x80], Cancelled);
        using var terminal = new TestTerminal();
        int bad = 0;
        int code = await RunAsync(
            terminal,
            (_, number) =>
            {
                if (number < 3)
                {
                    return DelegateCaptioner.Of("fine");
                }

                bad++;
                throw new ImageException(ImageFault.UnsupportedFormat, "This is <not> a picture.");
            }
        );

        Assert.Equal((ExitCode.Failure, 1), (code, bad));
        Assert.Contains(
            "bad.png: This is <not> a picture.",
            Assert.Single(terminal.Error.Split('\n'), static line => line.Contains("bad.png:", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        Assert.Contains("phone.dng: DNG pictures are not supported", terminal.Error, StringComparison.Ordinal);
        Assert.Contains("3 pictures, 2 of them unreadable", terminal.Error, StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(Page, Cancelled);
        Assert.Contains("2 of 3 pictures could not be read", page, StringComparison.Ordinal);
        Assert.Contains("This is &lt;not&gt; a picture.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sidecar_that_is_not_text_is_named()
    {
        AddPictures("a.png");
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "pictures", "a.txt"), [0x61, 0xff, 0x80], Cancelled);
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failure, await RunAsync(terminal, static (_, _) => DelegateCaptioner.Of("fine")));
        Assert.Contains("a.txt is not UTF-8 text", terminal.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Page));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public async Task A_stopped_run_writes_no_page_and_leaves_an_older_one_unchanged(int stopsAt)
    {
        // Six captions in all. At the last stop, only the page is left to write.
        AddPictures("a.png", "b.png");
        await File.WriteAllTextAsync(Page, "older", Cancelled);
        using var stop = new CancellationTokenSource();
        using var terminal = new TestTerminal();
        int captions = 0;
        var run = RunAsync(
            terminal,
            (_, _) =>
            {
                if (++captions == stopsAt)
                {
                    stop.Cancel();
                }

                return DelegateCaptioner.Of("fine");
            },
            cancellationToken: stop.Token
        );

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal([Page], Directory.GetFiles(_folder.Path));
        Assert.Equal("older", await File.ReadAllTextAsync(Page, Cancelled));
    }

    [Fact]
    public async Task An_invalid_comparison_is_refused_before_any_model_runs()
    {
        AddPictures("a.png");
        _folder.Write("other/config.json", """{"model_type": "llama"}""");
        using var terminal = new TestTerminal();
        var settings = Settings() with { Models = [Model("one"), Path.Combine(_folder.Path, "other")] };
        var engine = new Engine((_, _, _) => throw new InvalidOperationException("loaded"));
        var refused = await Assert.ThrowsAsync<CommandException>(() =>
            new ComparisonRun(engine, terminal.Terminal, settings, ModelPrices.Recommended).RunAsync(Cancelled)
        );
        Assert.Contains("llama", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_folder_is_reported_and_no_page_is_written()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "pictures"));
        using var terminal = new TestTerminal();
        await Assert.ThrowsAsync<CommandException>(() => RunAsync(terminal, static (_, _) => throw new InvalidOperationException()));
        Assert.Contains("no pictures in this folder", terminal.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Page));
    }

    [Fact]
    public void A_price_is_the_cheapest_in_force_or_the_models_or_the_default_or_the_recommended()
    {
        var prices = new ModelPrices(
            new PriceList(
                Price.Recommended,
                [Set("set", 3), Set(null, 4)],
                [Effective("offered", 2), Effective("offered", 1), Effective("unpriced", null)],
                new ExchangeRate(null, null, null, null, Stale: false)
            ),
            new Uri("http://localhost:8080")
        );
        Assert.Equal([1m, 3m, 4m, 4m], new[] { "offered", "set", "other", "unpriced" }.Select(model => prices.Of(model).UsdPerPixel));
        Assert.Equal(new ModelPrice(0.00000000025m, "recommended"), ModelPrices.Recommended.Of("offered"));

        static PriceHistoryEntry Set(string? model, decimal price) =>
            new(1, null, model, new Price(price), DateTimeOffset.UnixEpoch, null, null, null);
        static EffectivePrice Effective(string model, decimal? price) =>
            new("node", model, new Price(price ?? 1), price, PriceSource.Announced);
    }

    private Task<int> RunAsync(
        TestTerminal terminal,
        Func<string, int, Caption> caption,
        bool json = false,
        CancellationToken? cancellationToken = null
    )
    {
        var engine = new Engine(
            (folder, _, _) =>
            {
                int number = 0;
                return Task.FromResult<ICaptioner>(
                    new DelegateCaptioner(
                        (_, _, token) =>
                        {
                            token.ThrowIfCancellationRequested();
                            return Task.FromResult(caption(Path.GetFileName(folder), ++number));
                        }
                    )
                );
            }
        );
        return new ComparisonRun(engine, terminal.Terminal, Settings() with { Json = json }, ModelPrices.Recommended).RunAsync(
            cancellationToken ?? Cancelled
        );
    }

    private ComparisonSettings Settings() =>
        new()
        {
            Models = [Model("one"), Model("two")],
            Pictures = Path.Combine(_folder.Path, "pictures"),
            Output = Page,
        };

    private string Model(string name)
    {
        _folder.Write($"{name}/config.json", File.ReadAllText(Path.Combine(ModelLocator.StarterFolder, "config.json")));
        return Path.Combine(_folder.Path, name);
    }

    private void AddPictures(params string[] names)
    {
        foreach (string name in names)
        {
            _folder.Write($"pictures/{name}");
            File.Copy(
                Path.Combine(Repository.Root, "tests/Fixtures/images/rgb.png"),
                Path.Combine(_folder.Path, "pictures", name),
                overwrite: true
            );
        }
    }
}
