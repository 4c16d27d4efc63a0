using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// What a text decoder reads from a picture, computed once per picture: the cross-attention keys and values of every layer, from
/// the pictures' tokens [pictures x tokens, width].
/// </summary>
/// <remarks>If requests fill different numbers of places, <see cref="PromptReaderGraph"/> computes them instead.</remarks>
internal static class CrossAttentionGraph
{
    /// <summary>
    /// Whether every query is a separate product with the keys, which are then stored with each head's matrix transposed. MLAS
    /// multiplies a single row by such a matrix without copying it, and copies any other matrix first. Places that may be empty
    /// are left out in this way on every device.
    /// </summary>
    public static bool AttendsOneByOne(AttendedTokens attended, Precision precision) => precision is not Precision.F16 || attended.Varies;

    /// <summary>The shape of a picture's values in a layer, [heads, tokens, head size].</summary>
    public static RowShape ValueShape(CrossDecoder decoder, AttendedTokens attended) =>
        new(decoder.Heads, attended.Count, decoder.HeadSize);

    /// <summary>The shape of a picture's keys in a layer: that of the values, or with each head's matrix transposed.</summary>
    public static RowShape KeyShape(CrossDecoder decoder, AttendedTokens attended, Precision precision) =>
        AttendsOneByOne(attended, precision) ? ValueShape(decoder, attended).Transposed : ValueShape(decoder, attended);

    /// <summary>Output: keys of a layer.</summary>
    public static string Keys(int layer) => $"cross_key_{layer}";

    /// <summary>Output: values of a layer.</summary>
    public static string Values(int layer) => $"cross_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="tokens">Tokens of a picture.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="precision">The number format.</param>
    public static byte[] Build(CrossDecoder decoder, int tokens, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("cross_attention", checkpoint, precision);
        Describe(decoder, tokens, graph);
        return graph.Build();
    }

    /// <summary>Adds input, nodes and outputs to a graph.</summary>
    public static void Describe(CrossDecoder decoder, int tokens, GraphBuilder graph)
    {
        string x = graph.Input(PictureGraph.Tokens, graph.ComputeType, PictureGraph.Rows, decoder.PictureSize);
        AddOutputs(graph, decoder, x, new AttendedTokens(tokens, Varies: false), PictureGraph.Pictures);
    }

    /// <summary>Adds every layer's keys and values to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="x">What it attends to, [pictures x tokens, width].</param>
    /// <param name="attended">What there is room for.</param>
    /// <param name="pictures">The dimension that counts pictures.</param>
    /// <param name="empty">int64 [1], how many places stay empty; null: none.</param>
    public static void AddOutputs(
        GraphBuilder graph,
        CrossDecoder decoder,
        string x,
        AttendedTokens attended,
        object pictures,
        string? empty = null
    )
    {
        bool oneByOne = AttendsOneByOne(attended, graph.Precision);
        for (int layer = 0; layer < decoder.Layers; layer++)
        {
            string[] parts = graph.LinearParts(x, decoder.Layer(layer).CrossKeyValue, decoder.PictureSize, 2 * decoder.HiddenSize, 2);
            Output(Heads(parts[0], oneByOne), Keys(layer), KeyShape(decoder, attended, graph.Precision));
            Output(Heads(parts[1], transposed: false), Values(layer), ValueShape(decoder, attended));
        }

        string Heads(string projected, bool transposed)
        {
            long tokens = attended.Varies ? -1 : attended.Count;
            string split = graph.Reshape(projected, attended.Varies ? 1 : -1, tokens, decoder.Heads, decoder.HeadSize);
            string heads = graph.Node("Transpose", [split], transposed ? Ints("perm", 0, 2, 3, 1) : Ints("perm", 0, 2, 1, 3));
            return empty is null
                ? heads
                : graph.Node(
                    "Pad",
                    [heads, graph.Node("Concat", [graph.Constant(0), empty], Int("axis", 0)), "", graph.Constant(transposed ? 3 : 2)]
                );
        }

        void Output(string heads, string name, RowShape shape) =>
            graph.Output(heads, name, graph.ComputeType, pictures, shape.Heads, shape.Positions, shape.HeadSize);
    }
}
