using System.Text;
using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Standalone.Captions;

namespace ImageToText.Standalone.Tests.Captions;

public sealed class CaptionRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Captions_come_in_the_given_order_whichever_finishes_first()
    {
        string[] paths = Pictures(5);
        var turns = Enumerable
            .Range(0, 5)
            .Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .ToArray();
        turns[4].SetResult();
        using var terminal = new TestTerminal();
        var run = RunAsync(
            terminal,
            paths,
            async (name, _, _) =>
            {
                int i = int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
                await turns[i].Task;
                if (i > 0)
                {
                    turns[i - 1].SetResult();
                }

                return DelegateCaptioner.Of("caption " + i);
            }
        );

        Assert.Equal(ExitCode.Success, await run);
        Assert.Equal(paths.Select((path, i) => $"{path}: caption {i}"), terminal.OutLines);
    }

    [Fact]
    public async Task A_caption_is_written_before_later_ones_are_ready()
    {
        string[] paths = Pictures(2);
        var release = new TaskCompletionSource();
        using var terminal = new TestTerminal();
        var run = RunAsync(
            terminal,
            paths,
            async (name, _, _) =>
            {
                if (name == "1")
                {
                    await release.Task;
                }

                return DelegateCaptioner.Of(name);
            }
        );
        await terminal.WaitForLineAsync(Cancelled);

        Assert.False(run.IsCompleted);
        Assert.Equal([$"{paths[0]}: 0"], terminal.OutLines);
        release.SetResult();
        await run;
    }

    [Fact]
    public async Task A_bad_picture_is_reported_and_the_others_continue()
    {
        string[] paths = Pictures(3);
        string[] all = [paths[0], paths[1], Path.Combine(_folder.Path, "missing.jpg"), paths[2]];
        using var terminal = new TestTerminal();
        int code = await RunAsync(
            terminal,
            all,
            (name, _, _) =>
                name == "1"
                    ? throw new ImageException(ImageFault.Corrupt, "The JPEG ends early.")
                    : Task.FromResult(DelegateCaptioner.Of(name))
        );

        Assert.Equal(ExitCode.Failure, code);
        Assert.Equal([$"{paths[0]}: 0", $"{paths[2]}: 2"], terminal.OutLines);
        Assert.Contains($"{paths[1]}: The JPEG ends early.", terminal.Error, StringComparison.Ordinal);
        Assert.Contains("missing.jpg: no such file or folder", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_picture_prints_only_its_caption()
    {
        using var terminal = new TestTerminal(Encoding.UTF8.GetBytes("piped"));
        Assert.Equal(ExitCode.Success, await RunAsync(terminal, ["-"], (name, _, _) => Task.FromResult(DelegateCaptioner.Of(name))));
        Assert.Equal("piped" + Environment.NewLine, terminal.Out);
    }

    [Fact]
    public async Task Json_is_one_object_per_line_for_each_picture()
    {
        string[] paths = Pictures(2);
        using var terminal = new TestTerminal();
        await RunAsync(terminal, paths, (name, _, _) => Task.FromResult(DelegateCaptioner.Of("größe " + name)), json: true, details: true);

        Assert.Equal(2, terminal.OutLines.Length);
        Assert.Equal(
            """{"path":"PATH","text":"größe 1","model_id":"scripted","details":{"sequences":[{"text":"größe 1","token_ids":[7,8],"log_probabilities":[-0.5,-1,-0.25],"score":-0.6,"finish_reason":"stop"}],"confidence":0.5,"image":{"width":4,"height":3,"format":"png"},"timings":{"queue":0,"decode":1.5,"preprocess":0,"encode":0,"generate":0}}}""".Replace(
                "PATH",
                paths[1],
                StringComparison.Ordinal
            ),
            terminal.OutLines[1]
        );
    }

    [Fact]
    public async Task Json_without_details_is_short()
    {
        string[] paths = Pictures(1);
        using var terminal = new TestTerminal();
        await RunAsync(terminal, paths, (name, _, _) => Task.FromResult(DelegateCaptioner.Of(name)), json: true);
        using var line = JsonDocument.Parse(terminal.Out);
        Assert.Equal(["path", "text", "model_id"], line.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Several_pictures_run_at_once_but_never_too_many()
    {
        string[] paths = Pictures(100);
        int now = 0;
        int most = 0;
        using var terminal = new TestTerminal();
        await RunAsync(
            terminal,
            paths,
            async (name, _, _) =>
            {
                int running = Interlocked.Increment(ref now);
                for (int seen; (seen = most) < running && Interlocked.CompareExchange(ref most, running, seen) != seen; ) { }
                await Task.Yield();
                Interlocked.Decrement(ref now);
                return DelegateCaptioner.Of(name);
            }
        );
        Assert.InRange(most, 1, 16);
        Assert.Equal(100, terminal.OutLines.Length);
    }

    [Fact]
    public async Task Stopping_waits_for_running_captions_and_disposes_the_captioner()
    {
        string[] paths = Pictures(3);
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var captioner = new DelegateCaptioner(
            async (_, _, token) =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
                return null!;
            }
        );
        using var terminal = new TestTerminal();
        var run = Run(captioner, terminal, paths).RunAsync(stop.Token);
        await begun.Task.WaitAsync(Cancelled);
        Assert.False(captioner.Disposed);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(captioner.Disposed);
    }

    [Fact]
    public async Task A_path_that_matches_nothing_is_reported_without_loading_a_model()
    {
        using var terminal = new TestTerminal();
        var settings = new CaptionSettings { Paths = [Path.Combine(_folder.Path, "*.jpg")], Model = _folder.Path };
        var engine = new Engine((_, _, _) => throw new InvalidOperationException("loaded"));
        Assert.Equal(ExitCode.Failure, await new CaptionRun(engine, terminal.Terminal, settings, TimeProvider.System).RunAsync(Cancelled));
        Assert.Contains("no file matches", terminal.Error, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(
        TestTerminal terminal,
        string[] paths,
        Func<string, CaptionOptions, CancellationToken, Task<Caption>> caption,
        bool json = false,
        bool details = false
    ) => Run(new DelegateCaptioner(caption), terminal, paths, json, details).RunAsync(Cancelled);

    private CaptionRun Run(DelegateCaptioner captioner, TestTerminal terminal, string[] paths, bool json = false, bool details = false)
    {
        _folder.Write("model/config.json", "{}");
        return new CaptionRun(
            captioner.Engine,
            terminal.Terminal,
            new CaptionSettings
            {
                Paths = paths,
                Model = Path.Combine(_folder.Path, "model"),
                Output = json ? OutputForm.Json : OutputForm.Text,
                Details = details,
            },
            TimeProvider.System
        );
    }

    private string[] Pictures(int count) => [.. Enumerable.Range(0, count).Select(i => _folder.Write($"pictures/{i:D3}.jpg", $"{i}"))];
}
