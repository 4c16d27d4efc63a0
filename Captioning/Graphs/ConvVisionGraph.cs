using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// The starter's encoder: EfficientNet-Lite without classifier, then a projection of every cell of the grid
/// (models/starter/README.md). float32 pixels [pictures, 3, size, size] to [pictures x cells, width].
/// </summary>
internal static class ConvVisionGraph
{
    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(ConvVisionConfig config, Checkpoint checkpoint, Precision precision, bool together)
    {
        var graph = new GraphBuilder("conv_vision", checkpoint, precision);
        var x = VisionGraph.AddPixels(graph, config, together);
        x = Relu6(graph, Convolve(graph, x, "vision.stem", 3, config.Stem.OutChannels, config.Stem.KernelSize, config.Stem.Stride, config.Stem.Padding));
        var channels = config.Stem.OutChannels;
        for (var i = 0; i < config.Blocks.Count; i++)
        {
            var block = config.Blocks[i];
            if (block.InChannels != channels)
            {
                throw new ModelFormatException($"config.json: vision_config: blocks[{i}] has in_channels {block.InChannels} after {channels} channels.");
            }

            x = Block(graph, block, $"vision.blocks.{i}", x);
            channels = block.OutChannels;
        }

        x = Relu6(graph, Convolve(graph, x, "vision.head", channels, config.HeadChannels, 1, 1, default));
        var cells = graph.Node("Transpose", [graph.Reshape(x, 0, config.HeadChannels, config.Tokens)], Ints("perm", 0, 2, 1));
        var tokens = graph.LayerNorm(
            graph.Linear(graph.Reshape(cells, -1, config.HeadChannels), "projection", config.HeadChannels, config.ProjectionSize),
            "norm", config.ProjectionSize, config.LayerNormEpsilon);
        tokens = graph.Node("Add", [graph.Reshape(tokens, -1, config.Tokens, config.ProjectionSize), graph.Weight("position", config.Tokens, config.ProjectionSize)]);
        VisionGraph.AddTokens(graph, graph.Reshape(tokens, -1, config.ProjectionSize), config, together);
        return graph.Build();
    }

    private static string Block(GraphBuilder graph, ConvBlock block, string name, string input)
    {
        var x = input;
        if (block.Expand)
        {
            x = Relu6(graph, Convolve(graph, x, $"{name}.expand", block.InChannels, block.ExpandedChannels, 1, 1, default));
        }

        x = Relu6(graph, Convolve(
            graph, x, $"{name}.depthwise", block.ExpandedChannels, block.ExpandedChannels, block.KernelSize, block.Stride, block.Padding, block.ExpandedChannels));
        x = Convolve(graph, x, $"{name}.project", block.ExpandedChannels, block.OutChannels, 1, 1, default);
        return block.Residual ? graph.Node("Add", [x, input]) : x;
    }

    private static string Convolve(
        GraphBuilder graph, string x, string name, int inputs, int outputs, int kernel, int stride, ConvPadding padding, int groups = 1) =>
        graph.Node(
            "Conv",
            [x, graph.Weight($"{name}.weight", outputs, inputs / groups, kernel, kernel), graph.Weight($"{name}.bias", outputs)],
            Ints("kernel_shape", kernel, kernel),
            Ints("strides", stride, stride),
            Ints("pads", padding.Before, padding.Before, padding.After, padding.After),
            Int("group", groups));

    private static string Relu6(GraphBuilder graph, string x) => graph.Node("Clip", [x, graph.Scalar(0), graph.Scalar(6)]);
}
