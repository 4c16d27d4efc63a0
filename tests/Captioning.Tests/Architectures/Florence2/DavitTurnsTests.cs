using ImageToText.Captioning.Architectures.Florence2;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Tests.Architectures.Florence2;

/// <summary>The rows of large maps take turns, to save memory. What comes of it is the same, bit for bit.</summary>
public sealed class DavitTurnsTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("F32")]
    [InlineData("Int8")]
    public void Rows_in_turns_become_the_same_tokens(string precision)
    {
        var chosen = Enum.Parse<Precision>(precision);
        var plan = ModelFolder.Read(TestFiles.Fixture("families/florence2"), hubCache: TestFiles.Fixtures).Plan;
        var vision = Assert.IsType<Florence2Vision>(Assert.IsType<CrossAttendingPlan>(plan.Execution).Vision);
        var weights =
            chosen is Precision.Int8
                ? QuantizedCheckpoint.GetOrCreate(
                    plan.Checkpoint,
                    plan.Execution.EightBitForms,
                    "turns",
                    _cache.Path,
                    TestContext.Current.CancellationToken
                )
                : plan.Checkpoint;
        var inTurns = vision with { Encoder = vision.Encoder with { MostRowsAtOnce = 100 } };

        Assert.Equal(TokensOf(vision, weights, chosen), TokensOf(inTurns, weights, chosen));
    }

    private static float[] TokensOf(Florence2Vision vision, Checkpoint weights, Precision precision)
    {
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 1, NullLogger.Instance);
        using var options = device.CreateSessionOptions(weights.RootFolder);
        using var session = new InferenceSession(PictureGraph.Build(vision, weights, precision), options);
        var random = new Random(1);
        float[] pixels = [.. Enumerable.Range(0, 3 * vision.ImageHeight * vision.ImageWidth).Select(_ => (random.NextSingle() * 2) - 1)];
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, vision.ImageHeight, vision.ImageWidth]);
        using var run = new RunOptions();
        using var tokens = session.Run(run, [PictureGraph.Pixels], [input], [PictureGraph.Tokens]);
        return tokens[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
