using System.Numerics.Tensors;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Tests.Parity;
using ImageToText.Captioning.Weights;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Tests.Layers;

/// <summary>
/// The graphs for GPUs, in float16, as far as a CPU can test them: ONNX Runtime accepts them, and pictures give the same as in
/// float32. Where it has no float16, it computes in float32.
/// </summary>
public sealed class HalfPrecisionGraphTests
{
    public static TheoryData<string> Checkpoints => [.. FirstNumbersTests.Checkpoints];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Graphs_in_float16_are_taken_and_see_what_those_in_float32_see(string checkpoint)
    {
        var plan = ModelFolder.Read(TestFiles.Fixture(checkpoint), hubCache: TestFiles.Fixtures).Plan;
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 1, NullLogger.Instance);
        using var options = device.CreateSessionOptions(plan.Checkpoint.RootFolder);
        switch (plan.Execution)
        {
            case CrossAttendingPlan model:
                SeesTheSame(model.Vision, plan.Checkpoint, options);
                Decodes(model, plan.Checkpoint, options);
                break;

            case PrefixPlan model:
                SeesTheSame(model.Vision, plan.Checkpoint, options);
                using (var reader = new InferenceSession(PrefixGraph.Build(model.Decoder, plan.Checkpoint, Precision.F16), options))
                using (var steps = new InferenceSession(PrefixStepGraph.Build(model.Decoder, plan.Checkpoint, Precision.F16), options))
                {
                    Assert.Equal(2 * model.Decoder.Layers, reader.OutputMetadata.Count);
                    Assert.Equal([-1, model.VocabularySize], steps.OutputMetadata[PrefixStepGraph.Logits].Dimensions);
                }

                break;

            default:
                throw new NotSupportedException(plan.Execution.GetType().Name);
        }
    }

    private static void SeesTheSame(IVisionEncoder vision, Checkpoint weights, SessionOptions options)
    {
        using var full = new InferenceSession(PictureGraph.Build(vision, weights, Precision.F32), options);
        using var half = new InferenceSession(PictureGraph.Build(vision, weights, Precision.F16), options);
        var random = new Random(1);
        float[] pixels = [.. Enumerable.Range(0, 3 * vision.ImageHeight * vision.ImageWidth).Select(_ => (random.NextSingle() * 2) - 1)];
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, vision.ImageHeight, vision.ImageWidth]);
        using var run = new RunOptions();
        using var expected = full.Run(run, [PictureGraph.Pixels], [input], [PictureGraph.Tokens]);
        using var actual = half.Run(run, [PictureGraph.Pixels], [input], [PictureGraph.Tokens]);
        float[] rounded = actual[0].GetTensorDataAsSpan<Float16>().ToArray().Select(static value => (float)value).ToArray();
        Assert.True(TensorPrimitives.CosineSimilarity(expected[0].GetTensorDataAsSpan<float>(), rounded) > 0.9999f);
    }

    private static void Decodes(CrossAttendingPlan model, Checkpoint weights, SessionOptions options)
    {
        int tokens = model.Vision.Tokens;
        using var keys = new InferenceSession(
            model.Reader is { } reader
                ? PromptReaderGraph.Build(reader, model.Decoder, tokens, weights, Precision.F16)
                : CrossAttentionGraph.Build(model.Decoder, tokens, weights, Precision.F16),
            options
        );
        using var decoder = new InferenceSession(TextDecoderGraph.Build(model.Decoder, model.Attended, weights, Precision.F16), options);
        Assert.Equal(2 * model.Decoder.Layers, keys.OutputMetadata.Count);
        Assert.Equal([-1, model.VocabularySize], decoder.OutputMetadata[TextDecoderGraph.Logits].Dimensions);
    }
}
