using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// What a text decoder reads of a picture, computed once per picture: for every layer the cross-attention's keys
/// and values from the pictures' tokens [pictures x tokens, width].
/// </summary>
internal static class CrossAttentionGraph
{
    /// <summary>
    /// Whether every query is a product of its own with the keys, which then lie with each head's matrix on its side: MLAS multiplies a
    /// single row by a matrix that lies so as it reads it, and first copies one that does not.
    /// </summary>
    public static bool AttendsOneByOne(Precision precision) => precision is not Precision.F16;

    /// <summary>The shape of a picture's values in a layer, [heads, tokens, head size].</summary>
    public static RowShape ValueShape(CrossDecoder decoder, int tokens) => new(decoder.Heads, tokens, decoder.HeadSize);

    /// <summary>The shape of a picture's keys in a layer: that of the values, or every head's matrix on its side.</summary>
    public static RowShape KeyShape(RowShape values, Precision precision) => AttendsOneByOne(precision) ? values.Transposed : values;

    /// <summary>Output: keys of a layer.</summary>
    public static string Keys(int layer) => $"cross_key_{layer}";

    /// <summary>Output: values of a layer.</summary>
    public static string Values(int layer) => $"cross_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="tokens">Tokens of a picture.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="precision">The number format.</param>
    /// <param name="together">Whether a run may take several pictures, and not always one.</param>
    public static byte[] Build(CrossDecoder decoder, int tokens, Checkpoint checkpoint, Precision precision, bool together)
    {
        var graph = new GraphBuilder("cross_attention", checkpoint, precision);
        Describe(decoder, tokens, graph, together);
        return graph.Build();
    }

    /// <summary>Adds input, nodes and outputs to a graph.</summary>
    public static void Describe(CrossDecoder decoder, int tokens, GraphBuilder graph, bool together)
    {
        string x = graph.Input(PictureGraph.Tokens, graph.ComputeType, PictureGraph.Rows(tokens, together), decoder.PictureSize);
        var values = ValueShape(decoder, tokens);
        bool oneByOne = AttendsOneByOne(graph.Precision);
        for (int layer = 0; layer < decoder.Layers; layer++)
        {
            string[] parts = graph.LinearParts(x, decoder.Layer(layer).CrossKeyValue, decoder.PictureSize, 2 * decoder.HiddenSize, 2);
            Output(Heads(graph, decoder, tokens, parts[0], oneByOne), Keys(layer), KeyShape(values, graph.Precision));
            Output(Heads(graph, decoder, tokens, parts[1], transposed: false), Values(layer), values);
        }

        void Output(string heads, string name, RowShape shape) =>
            graph.Output(heads, name, graph.ComputeType, PictureGraph.Pictures(together), shape.Heads, shape.Positions, shape.HeadSize);
    }

    private static string Heads(GraphBuilder graph, CrossDecoder decoder, int tokens, string projected, bool transposed) =>
        graph.Node(
            "Transpose",
            [graph.Reshape(projected, -1, tokens, decoder.Heads, decoder.HeadSize)],
            transposed ? Ints("perm", 0, 2, 3, 1) : Ints("perm", 0, 2, 1, 3)
        );
}
