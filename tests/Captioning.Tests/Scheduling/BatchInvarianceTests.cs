using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Parity;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>
/// Requests of every mode join and leave a running batch at random steps, alone or with their pictures encoded in one run. Some yield, and
/// stand still while others run. Each gets, bit for bit, what it gets alone.
/// </summary>
public sealed class BatchInvarianceTests
{
    private const int RequestsPerMix = 24;

    private static readonly CancellationToken NeverLeaves = CancellationToken.None;

    public static TheoryData<string, Precision, int, int> Mixes
    {
        get
        {
            var mixes = new TheoryData<string, Precision, int, int>();
            foreach (var precision in new[] { Precision.F32, Precision.Int8 })
            {
                for (int seed = 1; seed <= 2; seed++)
                {
                    foreach (var family in FamilyParityTests.Checkpoints)
                    {
                        mixes.Add($"families/{family.Data}", precision, 1, seed);
                    }
                }

                for (int seed = 1; seed <= 4; seed++)
                {
                    mixes.Add("blip-small-f32", precision, 1, seed);
                    mixes.Add("blip-wide-f16-sharded", precision, 1, seed);
                }
            }

            mixes.Add("blip-small-f32", Precision.F32, 4, 5);
            mixes.Add("blip-wide-f16-sharded", Precision.F32, 3, 6);
            mixes.Add("starter", Precision.F32, 4, 7);
            mixes.Add("families/vit-gpt2-narrow", Precision.F32, 3, 8);
            mixes.Add("families/trocr-deit", Precision.F32, 4, 9);

            return mixes;
        }
    }

    [Theory]
    [MemberData(nameof(Mixes))]
    public async Task Nobodys_tokens_change_by_who_else_is_in_the_batch(string checkpoint, Precision precision, int encodedAtOnce, int seed)
    {
        using var cache = new TemporaryFolder();
        var options = new CaptionerOptions
        {
            Provider = ProviderChoice.Cpu,
            Precision = precision,
            CacheFolder = cache.Path,
            MaxBatchRows = 16,
            MaxBatchImages = 5,
            MaxEncodingBatch = encodedAtOnce,
        };
        string folder = checkpoint == "starter" ? TestFiles.Starter : TestFiles.Fixture(checkpoint);
        using var runtime = await ModelRuntime.LoadAsync(folder, options, TestContext.Current.CancellationToken);
        var random = new Random(seed);
        var requests = Enumerable.Range(0, RequestsPerMix).Select(_ => RandomRequest(random, runtime.Model.PromptUse)).ToArray();

        var alone = new List<CaptionOutcome>();
        foreach (var (picture, request) in requests)
        {
            var job = PictureJobs.Create(runtime, picture, request, NeverLeaves);
            var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
            batch.Join(job);
            while (batch.Count > 0)
            {
                batch.Step();
            }

            alone.Add(await job.Completion);
        }

        // Requests for one picture share it if pictures are encoded one by one.
        var jobs = requests
            .Select(request =>
                PictureJobs.Create(runtime, request.Picture, request.Options, NeverLeaves, encodedAtOnce == 1 ? request.Picture : null)
            )
            .ToArray();
        RunTogether(new RunningBatch(runtime.Batch, TimeProvider.System), jobs, encodedAtOnce, random);
        for (int i = 0; i < jobs.Length; i++)
        {
            var together = await jobs[i].Completion;
            Assert.Equal(alone[i].Sequences.Count, together.Sequences.Count);
            Assert.All(
                alone[i].Sequences.Zip(together.Sequences),
                pair =>
                {
                    Assert.Equal(pair.First.TokenIds, pair.Second.TokenIds);
                    Assert.Equal(Bits(pair.First.LogProbabilities), Bits(pair.Second.LogProbabilities));
                    Assert.Equal(pair.First.Score, pair.Second.Score);
                }
            );
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_is_cancelled_leaves_at_the_next_step_and_disturbs_nobody(bool yields)
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu };
        using var runtime = await ModelRuntime.LoadAsync(
            TestFiles.Fixture("blip-small-f32"),
            options,
            TestContext.Current.CancellationToken
        );
        var stays = new CaptionOptions { MaxNewTokens = 20, MinNewTokens = 20 };
        var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
        using var leaving = new CancellationTokenSource();
        var leaver = PictureJobs.Create(runtime, "rgb.png", stays with { NumBeams = 3, Yields = yields }, leaving.Token);
        var stayer = PictureJobs.Create(runtime, "gray.jpg", stays with { Yields = yields }, NeverLeaves);
        var reference = PictureJobs.Create(runtime, "gray.jpg", stays, NeverLeaves);
        batch.Join(leaver);
        batch.Join(stayer);
        batch.Step();
        batch.Step();
        await leaving.CancelAsync();
        batch.DropCancelled();
        Assert.Equal(1, batch.Count);
        Assert.Equal(1, batch.Rows);
        batch.Join(reference);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Completion);
        Assert.Equal((await reference.Completion).Sequences[0].TokenIds, (await stayer.Completion).Sequences[0].TokenIds);
    }

    private static void RunTogether(RunningBatch batch, CaptionJob[] jobs, int encodedAtOnce, Random random)
    {
        var arriving = new Queue<CaptionJob>(jobs);
        while (arriving.Count > 0 || batch.Count > 0)
        {
            var joining = new List<CaptionJob>();
            while (
                arriving.TryPeek(out var next)
                && batch.HasRoomFor([.. joining, next])
                && ((batch.Count == 0 && joining.Count == 0) || random.Next(3) > 0)
            )
            {
                joining.Add(arriving.Dequeue());
                if (joining.Count == encodedAtOnce)
                {
                    batch.Join(joining);
                    joining.Clear();
                }
            }

            batch.Join(joining);

            batch.Step(isCrowded: random.Next(4) == 0);
        }
    }

    private static (string Picture, CaptionOptions Options) RandomRequest(Random random, PromptHandling prompt)
    {
        string[] pictures = ["rgb.png", "gray.jpg", "thin.png", "baseline-420.jpg", "palette.png"];
        string?[] prompts =
            prompt is PromptHandling.None ? [null] : [null, null, "a man", "two dogs on the", "a photo of a small brown dog that runs"];
        var options = new CaptionOptions { Prompt = prompts[random.Next(prompts.Length)], MaxNewTokens = random.Next(1, 24) };
        options = random.Next(5) switch
        {
            0 => options with { NumBeams = random.Next(2, 6), LengthPenalty = 0.6f },
            1 => options with { DoSample = true, Temperature = 1.5f, Seed = random.Next(), NumReturnSequences = random.Next(1, 5) },
            2 => options with { RepetitionPenalty = 1.5f },
            3 => options with { NoRepeatNgramSize = 2, NumBeams = 3, NumReturnSequences = 2 },
            _ => options,
        };
        return (pictures[random.Next(pictures.Length)], options with { Yields = random.Next(3) == 0 });
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
