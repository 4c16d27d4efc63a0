using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Execution;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// What the text decoder reads of a picture, computed once per picture: for every layer the cross-attention's keys
/// and values from the pictures' tokens [pictures x tokens, hidden].
/// </summary>
internal static class CrossAttentionGraph
{
    /// <summary>
    /// Whether every query is a product of its own with the keys, which then lie with each head's matrix on its side: MLAS multiplies a
    /// single row by a matrix that lies so as it reads it, and first copies one that does not.
    /// </summary>
    public static bool AttendsOneByOne(Precision precision) => precision is not Precision.F16;

    /// <summary>The shape of a picture's values in a layer, [heads, tokens, head size].</summary>
    public static RowShape ValueShape(TextDecoderConfig config, int tokens) => new(config.Heads, tokens, config.HeadSize);

    /// <summary>The shape of a picture's keys in a layer: that of the values, or every head's matrix on its side.</summary>
    public static RowShape KeyShape(RowShape values, Precision precision) => AttendsOneByOne(precision) ? values.Transposed : values;

    /// <summary>Output: keys of a layer.</summary>
    public static string Keys(int layer) => $"cross_key_{layer}";

    /// <summary>Output: values of a layer.</summary>
    public static string Values(int layer) => $"cross_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    /// <param name="config">The decoder's sizes.</param>
    /// <param name="tokens">Tokens of a picture.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="precision">The number format.</param>
    /// <param name="together">Whether a run may take several pictures, and not always one.</param>
    public static byte[] Build(TextDecoderConfig config, int tokens, Checkpoint checkpoint, Precision precision, bool together)
    {
        var graph = new GraphBuilder("cross_attention", checkpoint, precision);
        var x = graph.Input(VisionGraph.Tokens, graph.ComputeType, VisionGraph.Rows(tokens, together), config.EncoderHiddenSize);
        var values = ValueShape(config, tokens);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"{TextDecoderNames.Layer(layer)}.crossattention.self";
            var keys = Heads(graph, config, tokens, x, $"{name}.key", AttendsOneByOne(precision));
            Output(keys, Keys(layer), KeyShape(values, precision));
            Output(Heads(graph, config, tokens, x, $"{name}.value", transposed: false), Values(layer), values);
        }

        return graph.Build();

        void Output(string heads, string name, RowShape shape) =>
            graph.Output(heads, name, graph.ComputeType, VisionGraph.Pictures(together), shape.Heads, shape.Positions, shape.HeadSize);
    }

    private static string Heads(GraphBuilder graph, TextDecoderConfig config, int tokens, string x, string layer, bool transposed)
    {
        var projected = graph.Linear(x, layer, config.EncoderHiddenSize, config.HiddenSize);
        return graph.Node(
            "Transpose", [graph.Reshape(projected, -1, tokens, config.Heads, config.HeadSize)], transposed ? Ints("perm", 0, 2, 3, 1) : Ints("perm", 0, 2, 1, 3));
    }
}
