using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Scheduling;

namespace ImageToText.Captioning.Tests.Execution;

/// <summary>Keys and values stay within their budget: requests that do not fit wait, and get the same result as alone.</summary>
public sealed class KeyValueMemoryTests(ITestOutputHelper output)
{
    private const int Requests = 64;

    private static readonly string[] Pictures = ["rgb.png", "gray.jpg", "thin.png", "baseline-420.jpg", "palette.png", "alpha.webp"];

    [Theory]
    [InlineData("git-base", 800_000)]
    [InlineData("smolvlm-tiles", 600_000)]
    [InlineData("blip2-opt", 1_500_000)]
    public async Task Mixed_requests_never_take_more_than_the_budget(string checkpoint, long budget)
    {
        var random = new Random(7);
        var requests = Enumerable.Range(0, Requests).Select(_ => RandomRequest(random)).ToArray();
        var (free, unlimited) = await RunAsync(checkpoint, requests, GenerationDefaults.KeyValueBytes);
        var (tight, highest) = await RunAsync(checkpoint, requests, budget);
        output.WriteLine($"{checkpoint}: {Requests} requests, at most {highest:N0} of {budget:N0} bytes; without a budget {unlimited:N0}.");
        Assert.InRange(highest, budget / 2, budget);
        Assert.True(unlimited > budget);
        Assert.Equal(free, tight);
    }

    [Fact]
    public async Task A_request_that_can_never_fit_is_refused_with_what_to_ask_for()
    {
        using var runtime = await LoadAsync("git-base", 800_000);
        var refusal = Assert.Throws<CaptionOptionException>(() => runtime.Prepare(new CaptionOptions { NumBeams = 16 }));
        Assert.Equal("num_beams", refusal.Option);
        Assert.Contains("fewer beams", refusal.Message, StringComparison.Ordinal);
        runtime.Prepare(new CaptionOptions { NumBeams = 2 });
    }

    [Fact]
    public async Task A_picture_that_two_requests_look_at_is_there_once()
    {
        using var runtime = await LoadAsync("git-base", GenerationDefaults.KeyValueBytes);
        var memory = Assert.IsType<PrefixModel>(runtime.Batch).Memory;
        var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
        var options = new CaptionOptions { MaxNewTokens = 4 };
        batch.Join(PictureJobs.Create(runtime, "rgb.png", options, CancellationToken.None, "rgb"));
        batch.Join(PictureJobs.Create(runtime, "rgb.png", options with { NumBeams = 3 }, CancellationToken.None, "rgb"));
        batch.Join(PictureJobs.Create(runtime, "gray.jpg", options, CancellationToken.None, "gray"));
        Assert.Equal(2, memory.Active);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.Equal(0, memory.Active);
        var again = PictureJobs.Create(runtime, "gray.jpg", options, CancellationToken.None, "gray");
        batch.Join(again);
        Assert.True(again.Times.Remembered);
    }

    private static async Task<(string[] Texts, long Highest)> RunAsync(
        string checkpoint,
        (string Picture, CaptionOptions Options)[] requests,
        long budget
    )
    {
        using var runtime = await LoadAsync(checkpoint, budget);
        using var scheduler = new CaptionScheduler(runtime.Batch, checkpoint, TimeProvider.System) { LeftQueue = static _ => { } };
        var jobs = requests
            .Select(request => PictureJobs.Create(runtime, request.Picture, request.Options, CancellationToken.None, request.Picture))
            .ToArray();
        Array.ForEach(jobs, scheduler.Submit);
        var outcomes = await Task.WhenAll(jobs.Select(static job => job.Completion));
        return (
            [.. outcomes.Select(static outcome => string.Join(' ', outcome.Sequences[0].TokenIds))],
            Assert.IsType<PrefixModel>(runtime.Batch).Memory.HighestBytes
        );
    }

    private static Task<ModelRuntime> LoadAsync(string checkpoint, long budget) =>
        ModelRuntime.LoadAsync(
            TestFiles.Family(checkpoint),
            new CaptionerOptions { Provider = ProviderChoice.Cpu, KeyValueBytes = budget },
            TestContext.Current.CancellationToken
        );

    private static (string Picture, CaptionOptions Options) RandomRequest(Random random) =>
        (
            Pictures[random.Next(Pictures.Length)],
            new CaptionOptions { MaxNewTokens = random.Next(1, 30), NumBeams = random.Next(3) == 0 ? 2 : 1 }
        );
}
