using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Layers.Onnx;
using ImageToText.Captioning.Loading;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Tests.Layers;

/// <summary>A table of words in 16 bits is the largest tensor that a decoder needs only a few rows of.</summary>
public sealed class WordTableTests
{
    [Theory]
    [InlineData(Precision.F32)]
    [InlineData(Precision.F16)]
    public void Words_are_looked_up_in_the_form_that_the_checkpoint_holds(Precision precision)
    {
        var plan = ModelFolder.Read(TestFiles.Starter, hubCache: TestFiles.Fixtures).Plan;
        var model = Assert.IsType<CrossAttendingPlan>(plan.Execution);
        var graph = ModelProto.Parser.ParseFrom(TextDecoderGraph.Build(model.Decoder, model.Attended, plan.Checkpoint, precision)).Graph;

        string words = model.Decoder.Embedding.Words;
        Assert.Equal(DataType.Float16, Assert.Single(graph.Initializer, tensor => tensor.Name == words).DataType);
        Assert.Single(graph.Node, node => node.OpType == "Gather" && node.Input[0] == words);
    }
}
