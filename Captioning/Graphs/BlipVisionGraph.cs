using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// BLIP's vision transformer as transformers' BlipVisionModel computes it: float32 pixels [pictures, 3, size, size] to the
/// pictures' tokens, one picture after the other, [pictures x tokens, hidden].
/// </summary>
internal static class BlipVisionGraph
{
    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(BlipVisionConfig config, Checkpoint checkpoint, Precision precision, bool together)
    {
        var graph = new GraphBuilder("blip_vision", checkpoint, precision);
        var x = Embed(graph, config, together);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            x = Layer(graph, config, $"vision_model.encoder.layers.{layer}", x);
        }

        x = graph.LayerNorm(x, "vision_model.post_layernorm", config.HiddenSize, config.LayerNormEpsilon);
        VisionGraph.AddTokens(graph, x, config, together);
        return graph.Build();
    }

    // Patches by a convolution of stride = kernel, the class token in front, positions added: [pictures x tokens, hidden].
    private static string Embed(GraphBuilder graph, BlipVisionConfig config, bool together)
    {
        const string name = "vision_model.embeddings";
        var pixels = VisionGraph.AddPixels(graph, config, together);
        var patches = graph.Node(
            "Conv",
            [
                pixels,
                graph.Weight($"{name}.patch_embedding.weight", config.HiddenSize, 3, config.PatchSize, config.PatchSize),
                graph.Weight($"{name}.patch_embedding.bias", config.HiddenSize),
            ],
            Ints("kernel_shape", config.PatchSize, config.PatchSize),
            Ints("strides", config.PatchSize, config.PatchSize));
        var rows = graph.Node("Transpose", [graph.Reshape(patches, 0, config.HiddenSize, -1)], Ints("perm", 0, 2, 1));
        // The class token is the same in every picture: with the positions it is one constant, which ONNX Runtime adds up once.
        var classToken = graph.Node("Pad", [graph.Weight($"{name}.class_embedding", 1, 1, config.HiddenSize), graph.Constant(0, 0, 0, 0, config.Tokens - 1, 0)]);
        var positions = graph.Node("Add", [classToken, graph.Weight($"{name}.position_embedding", 1, config.Tokens, config.HiddenSize)]);
        var tokens = graph.Node("Add", [graph.Node("Pad", [rows, graph.Constant(0, 1, 0, 0, 0, 0)]), positions]);
        return graph.Reshape(tokens, -1, config.HiddenSize);
    }

    private static string Layer(GraphBuilder graph, BlipVisionConfig config, string name, string x)
    {
        var hidden = config.HiddenSize;
        var normed = graph.LayerNorm(x, $"{name}.layer_norm1", hidden, config.LayerNormEpsilon);
        string[] parts = [.. graph.LinearParts(normed, $"{name}.self_attn.qkv", hidden, 3 * hidden, 3).Select(part => graph.Reshape(part, -1, config.Tokens, hidden))];
        var attended = graph.MicrosoftNode("MultiHeadAttention", parts, Int("num_heads", config.Heads));
        x = graph.Node("Add", [x, graph.Linear(graph.Reshape(attended, -1, hidden), $"{name}.self_attn.projection", hidden, hidden)]);

        normed = graph.LayerNorm(x, $"{name}.layer_norm2", hidden, config.LayerNormEpsilon);
        var width = config.IntermediateSize;
        var spread = graph.RowSpread($"{name}.mlp.fc2", width);
        var inner = graph.Gelu(graph.Linear(normed, $"{name}.mlp.fc1", hidden, width, extraOutputs: spread));
        return graph.Node("Add", [x, graph.Linear(inner, $"{name}.mlp.fc2", width, hidden, extraInputs: spread)]);
    }
}

/// <summary>What every vision graph has in common.</summary>
internal static class VisionGraph
{
    /// <summary>Input: float32 [pictures, 3, size, size].</summary>
    public const string Pixels = "pixels";

    /// <summary>Output: [pictures x tokens, hidden] in the compute type.</summary>
    public const string Tokens = "tokens";

    /// <summary>Declares the pixels, always float32 from outside.</summary>
    public static string AddPixels(GraphBuilder graph, VisionConfig config, bool together)
    {
        var pixels = graph.Input(Pixels, DataType.Float, Pictures(together), 3, config.ImageSize, config.ImageSize);
        return graph.ComputeType is DataType.Float ? pixels : graph.Node("Cast", [pixels], Int("to", (long)graph.ComputeType));
    }

    /// <summary>Declares the output.</summary>
    public static void AddTokens(GraphBuilder graph, string tokens, VisionConfig config, bool together) =>
        graph.Output(tokens, Tokens, graph.ComputeType, Rows(config.Tokens, together), config.OutputSize);

    /// <summary>The dimension that counts pictures: one, or as many as a run is given.</summary>
    public static object Pictures(bool together) => together ? "pictures" : 1;

    /// <summary>The dimension that counts their tokens.</summary>
    public static object Rows(int tokens, bool together) => together ? "rows" : tokens;

    /// <summary>Compiles a model's vision graph.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="checkpoint">Its weights.</param>
    /// <param name="precision">Its number format.</param>
    /// <param name="together">Whether a run may take several pictures, and not always one.</param>
    public static byte[] Build(VisionConfig config, Checkpoint checkpoint, Precision precision, bool together) => config switch
    {
        BlipVisionConfig blip => BlipVisionGraph.Build(blip, checkpoint, precision, together),
        ConvVisionConfig conv => ConvVisionGraph.Build(conv, checkpoint, precision, together),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, null),
    };
}
