using ImageToText.Captioning.Models;
using static ImageToText.Captioning.Graphs.GraphBuilder;
using DataType = ImageToText.Captioning.Graphs.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// BLIP's vision transformer as transformers' BlipVisionModel computes it: float32 pixels [1, 3, size, size] to the
/// picture's tokens [tokens, hidden].
/// </summary>
internal static class BlipVisionGraph
{
    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(BlipVisionConfig config, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("blip_vision", checkpoint, precision);
        var x = Embed(graph, config);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            x = Layer(graph, config, $"vision_model.encoder.layers.{layer}", x);
        }

        x = graph.LayerNorm(x, "vision_model.post_layernorm", config.HiddenSize, config.LayerNormEpsilon);
        graph.Output(x, VisionGraph.Tokens, graph.ComputeType, config.Tokens, config.HiddenSize);
        return graph.Build();
    }

    // Patches by a convolution of stride = kernel, the class token in front, positions added: [tokens, hidden].
    private static string Embed(GraphBuilder graph, BlipVisionConfig config)
    {
        const string name = "vision_model.embeddings";
        var pixels = VisionGraph.AddPixels(graph, config);
        var patches = graph.Node(
            "Conv",
            [
                pixels,
                graph.Weight($"{name}.patch_embedding.weight", config.HiddenSize, 3, config.PatchSize, config.PatchSize),
                graph.Weight($"{name}.patch_embedding.bias", config.HiddenSize),
            ],
            Ints("kernel_shape", config.PatchSize, config.PatchSize),
            Ints("strides", config.PatchSize, config.PatchSize));
        var rows = graph.Node("Transpose", [graph.Reshape(patches, config.HiddenSize, -1)], Ints("perm", 1, 0));
        var classToken = graph.Reshape(graph.Weight($"{name}.class_embedding", 1, 1, config.HiddenSize), 1, config.HiddenSize);
        var positions = graph.Reshape(
            graph.Weight($"{name}.position_embedding", 1, config.Tokens, config.HiddenSize), config.Tokens, config.HiddenSize);
        return graph.Node("Add", [graph.Node("Concat", [classToken, rows], Int("axis", 0)), positions]);
    }

    private static string Layer(GraphBuilder graph, BlipVisionConfig config, string name, string x)
    {
        var hidden = config.HiddenSize;
        var normed = graph.LayerNorm(x, $"{name}.layer_norm1", hidden, config.LayerNormEpsilon);
        string[] parts = [.. graph.LinearParts(normed, $"{name}.self_attn.qkv", hidden, 3 * hidden, 3).Select(part => graph.Reshape(part, 1, -1, hidden))];
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
    /// <summary>Input: float32 [1, 3, size, size].</summary>
    public const string Pixels = "pixels";

    /// <summary>Output: [tokens, hidden] in the compute type.</summary>
    public const string Tokens = "tokens";

    /// <summary>Declares the pixels, always float32 from outside.</summary>
    public static string AddPixels(GraphBuilder graph, VisionConfig config)
    {
        var pixels = graph.Input(Pixels, DataType.Float, 1, 3, config.ImageSize, config.ImageSize);
        return graph.ComputeType is DataType.Float ? pixels : graph.Node("Cast", [pixels], Int("to", (long)graph.ComputeType));
    }

    /// <summary>Compiles a model's vision graph.</summary>
    public static byte[] Build(VisionConfig config, Checkpoint checkpoint, Precision precision) => config switch
    {
        BlipVisionConfig blip => BlipVisionGraph.Build(blip, checkpoint, precision),
        ConvVisionConfig conv => ConvVisionGraph.Build(conv, checkpoint, precision),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, null),
    };
}
