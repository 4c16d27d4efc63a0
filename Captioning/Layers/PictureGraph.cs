using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>Turns pictures into vectors: a family's vision half.</summary>
internal interface IVisionEncoder
{
    /// <summary>The input height in pixels.</summary>
    int ImageHeight { get; }

    /// <summary>The input width in pixels.</summary>
    int ImageWidth { get; }

    /// <summary>Tokens of one picture.</summary>
    int Tokens { get; }

    /// <summary>Width of a token.</summary>
    int OutputSize { get; }

    /// <summary>Adds its nodes to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="pixels">[pictures, 3, height, width] in the compute type.</param>
    /// <returns>The pictures' tokens, one picture after the other, [pictures x tokens, width].</returns>
    string Build(GraphBuilder graph, string pixels);
}

/// <summary>
/// The graph of a vision half: float32 pixels [pictures, 3, height, width] to the pictures' tokens [pictures x tokens, width].
/// </summary>
internal static class PictureGraph
{
    /// <summary>
    /// The dimension that counts pictures. It has a name even where a run always takes one: if ONNX Runtime knew all sizes, it would
    /// keep a tensor's memory for the next one of the same shape. Few have the same, so most would lie idle.
    /// </summary>
    public const string Pictures = "pictures";

    /// <summary>The dimension that counts their tokens.</summary>
    public const string Rows = "rows";

    /// <summary>Input: float32 [pictures, 3, height, width].</summary>
    public const string Pixels = "pixels";

    /// <summary>Output: [pictures x tokens, width] in the compute type.</summary>
    public const string Tokens = "tokens";

    /// <summary>Compiles the graph.</summary>
    /// <param name="encoder">The vision half.</param>
    /// <param name="checkpoint">Its weights.</param>
    /// <param name="precision">Its number format.</param>
    public static byte[] Build(IVisionEncoder encoder, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("pictures", checkpoint, precision);
        Describe(encoder, graph);
        return graph.Build();
    }

    /// <summary>Adds input, nodes and output to a graph.</summary>
    public static void Describe(IVisionEncoder encoder, GraphBuilder graph)
    {
        // Outside the graph they are always float32.
        string pixels = graph.Input(Pixels, DataType.Float, Pictures, 3, encoder.ImageHeight, encoder.ImageWidth);
        if (graph.ComputeType is not DataType.Float)
        {
            pixels = graph.Node("Cast", [pixels], Int("to", (long)graph.ComputeType));
        }

        graph.Output(encoder.Build(graph, pixels), Tokens, graph.ComputeType, Rows, encoder.OutputSize);
    }
}
