using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Scheduling;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Tests.Parity;

/// <summary>
/// The numbers before any search: the vision encoder's tokens and the first logits, compared with transformers'.
/// </summary>
public sealed class FirstNumbersTests
{
    private const float LogitTolerance = 1e-3f;
    private const float TokenTolerance = 2e-3f;

    public static TheoryData<string> Checkpoints =>
        ["blip-small-f32", "blip-wide-f16-sharded", .. FamilyParityTests.Checkpoints.Select(static row => $"families/{row.Data}")];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task The_first_logits_of_every_case_are_the_references(string checkpoint)
    {
        using var runtime = await LoadAsync(checkpoint);
        foreach (var expected in Read(checkpoint).Cases.Where(expected => expected.FirstLogits.Count > 0))
        {
            var search = new FirstLogits();
            var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
            batch.Join(PictureJobs.Create(runtime, expected.Image, expected.Request, search, CancellationToken.None));
            batch.Step();
            Assert.All(expected.FirstLogits, logit => Assert.Equal(logit.Value, search.Values[int.Parse(logit.Key)], LogitTolerance));
        }
    }

    // The reference gives the tokens before a projection to another width, which is not a separate value here.
    public static TheoryData<string> WithoutProjection =>
        [.. Checkpoints.Select(static row => row.Data).Where(static name => name is not "families/vit-gpt2-narrow")];

    [Theory]
    [MemberData(nameof(WithoutProjection))]
    public async Task The_pictures_first_and_last_token_are_the_references(string checkpoint)
    {
        using var runtime = await LoadAsync(checkpoint);
        var expected = Read(checkpoint).Vision;
        using var job = PictureJobs.Create(runtime, expected.Image, new CaptionOptions(), CancellationToken.None);
        var (tokens, width) = Encode(runtime.Batch, job);
        CheckStart(expected.FirstToken, tokens[..width]);
        CheckStart(expected.LastToken, tokens[^width..]);
    }

    private static (float[] Tokens, int Width) Encode(IBatchModel model, CaptionJob job)
    {
        if (model is PrefixModel prefix)
        {
            using var views = prefix.Encoder.Encode(job.Input, out _);
            return Read(views);
        }

        var encoder = Assert.IsType<CrossAttendingModel>(model).Encoder;
        encoder.Encode(job.Pixels);
        return Read(encoder.Tokens.Value);
    }

    private static (float[] Tokens, int Width) Read(OrtValue tokens) =>
        (tokens.GetTensorDataAsSpan<float>().ToArray(), (int)tokens.GetTensorTypeAndShape().Shape[^1]);

    private static void CheckStart(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, TokenTolerance));

    private static Task<ModelRuntime> LoadAsync(string checkpoint) =>
        ModelRuntime.LoadAsync(
            TestFiles.Fixture(checkpoint),
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );

    private static ReferenceCaptions Read(string checkpoint) =>
        ReferenceCaptions.Read(Path.Combine(TestFiles.Fixture(checkpoint), "expected.json"));
}
