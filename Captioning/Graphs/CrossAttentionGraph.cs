using ImageToText.Captioning.Models;
using static ImageToText.Captioning.Graphs.GraphBuilder;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// What the text decoder reads of a picture, computed once per picture: for every layer the cross-attention's keys
/// and values [1, heads, tokens, head size] from the picture's tokens [tokens, hidden].
/// </summary>
internal static class CrossAttentionGraph
{
    /// <summary>Output: keys of a layer.</summary>
    public static string Keys(int layer) => $"cross_key_{layer}";

    /// <summary>Output: values of a layer.</summary>
    public static string Values(int layer) => $"cross_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(TextDecoderConfig config, int tokens, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("cross_attention", checkpoint, precision);
        var x = graph.Input(VisionGraph.Tokens, graph.ComputeType, tokens, config.EncoderHiddenSize);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"{TextDecoderNames.Layer(layer)}.crossattention.self";
            AddHeads(graph, config, tokens, x, $"{name}.key", Keys(layer));
            AddHeads(graph, config, tokens, x, $"{name}.value", Values(layer));
        }

        return graph.Build();
    }

    private static void AddHeads(GraphBuilder graph, TextDecoderConfig config, int tokens, string x, string layer, string output)
    {
        var projected = graph.Linear(x, layer, config.EncoderHiddenSize, config.HiddenSize);
        var heads = graph.Node(
            "Transpose", [graph.Reshape(projected, 1, tokens, config.Heads, config.HeadSize)], Ints("perm", 0, 2, 1, 3));
        graph.Output(heads, output, graph.ComputeType, 1, config.Heads, tokens, config.HeadSize);
    }
}
