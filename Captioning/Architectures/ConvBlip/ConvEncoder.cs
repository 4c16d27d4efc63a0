using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Architectures.ConvBlip;

/// <summary>The starter's convolutional encoder (models/starter/README.md; Tan and Le 2019).</summary>
internal sealed record ConvEncoder : IVisionEncoder
{
    /// <summary>Pixels per side.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The first convolution.</summary>
    public required ConvStem Stem { get; init; }

    /// <summary>The inverted-residual blocks.</summary>
    public required IReadOnlyList<ConvBlock> Blocks { get; init; }

    /// <summary>Channels of the last convolution.</summary>
    public required int HeadChannels { get; init; }

    /// <summary>Cells per side of the resulting grid.</summary>
    public required int GridSize { get; init; }

    /// <summary>Width of a token after the projection.</summary>
    public required int ProjectionSize { get; init; }

    /// <summary>Epsilon of the layer normalization after the projection.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <inheritdoc/>
    public int ImageHeight => ImageSize;

    /// <inheritdoc/>
    public int ImageWidth => ImageSize;

    /// <inheritdoc/>
    public int Tokens => GridSize * GridSize;

    /// <inheritdoc/>
    public int OutputSize => ProjectionSize;

    /// <summary>Reads vision_config.</summary>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static ConvEncoder Read(ModelJson vision)
    {
        vision.Require("activation", vision.OptionalText("activation"), "relu6");
        var stem = vision.Object("stem");
        return new ConvEncoder
        {
            ImageSize = vision.Int("image_size"),
            Stem = new ConvStem(stem.Int("out_channels"), stem.Int("kernel_size"), stem.Int("stride"), Padding(stem)),
            Blocks =
            [
                .. vision
                    .Objects("blocks")
                    .Select(block => new ConvBlock
                    {
                        InChannels = block.Int("in_channels"),
                        ExpandedChannels = block.Int("expanded_channels"),
                        OutChannels = block.Int("out_channels"),
                        KernelSize = block.Int("kernel_size"),
                        Stride = block.Int("stride"),
                        Padding = Padding(block),
                        Expand = block.OptionalBool("expand") ?? true,
                        Residual = block.OptionalBool("residual") ?? false,
                    }),
            ],
            HeadChannels = vision.Int("head_channels"),
            GridSize = vision.Int("grid_size"),
            ProjectionSize = vision.Int("projection_size"),
            LayerNormEpsilon = (float)vision.Number("layer_norm_eps"),
        };
    }

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        string x = Relu6(graph, Convolve(graph, pixels, "vision.stem", 3, Stem.OutChannels, Stem.KernelSize, Stem.Stride, Stem.Padding));
        int channels = Stem.OutChannels;
        for (int i = 0; i < Blocks.Count; i++)
        {
            var block = Blocks[i];
            if (block.InChannels != channels)
            {
                throw new ModelFormatException(
                    $"config.json: vision_config: blocks[{i}] has in_channels {block.InChannels} after {channels} channels."
                );
            }

            x = Block(graph, block, $"vision.blocks.{i}", x);
            channels = block.OutChannels;
        }

        x = Relu6(graph, Convolve(graph, x, "vision.head", channels, HeadChannels, 1, 1, default));
        string cells = graph.Node("Transpose", [graph.Reshape(x, 0, HeadChannels, Tokens)], Ints("perm", 0, 2, 1));
        string tokens = graph.LayerNorm(
            graph.Linear(graph.Reshape(cells, -1, HeadChannels), LinearLayer.Named("projection"), HeadChannels, ProjectionSize),
            "norm",
            ProjectionSize,
            LayerNormEpsilon
        );
        tokens = graph.Node("Add", [graph.Reshape(tokens, -1, Tokens, ProjectionSize), graph.Weight("position", Tokens, ProjectionSize)]);
        return graph.Reshape(tokens, -1, ProjectionSize);
    }

    private static string Block(GraphBuilder graph, ConvBlock block, string name, string input)
    {
        string x = input;
        if (block.Expand)
        {
            x = Relu6(graph, Convolve(graph, x, $"{name}.expand", block.InChannels, block.ExpandedChannels, 1, 1, default));
        }

        x = Relu6(
            graph,
            Convolve(
                graph,
                x,
                $"{name}.depthwise",
                block.ExpandedChannels,
                block.ExpandedChannels,
                block.KernelSize,
                block.Stride,
                block.Padding,
                block.ExpandedChannels
            )
        );
        x = Convolve(graph, x, $"{name}.project", block.ExpandedChannels, block.OutChannels, 1, 1, default);
        return block.Residual ? graph.Node("Add", [x, input]) : x;
    }

    private static string Convolve(
        GraphBuilder graph,
        string x,
        string name,
        int inputs,
        int outputs,
        int kernel,
        int stride,
        ConvPadding padding,
        int groups = 1
    ) =>
        graph.Node(
            "Conv",
            [x, graph.Weight($"{name}.weight", outputs, inputs / groups, kernel, kernel), graph.Weight($"{name}.bias", outputs)],
            Ints("kernel_shape", kernel, kernel),
            Ints("strides", stride, stride),
            Ints("pads", padding.Before, padding.Before, padding.After, padding.After),
            Int("group", groups)
        );

    private static string Relu6(GraphBuilder graph, string x) => graph.Node("Clip", [x, graph.Scalar(0), graph.Scalar(6)]);

    private static ConvPadding Padding(ModelJson section)
    {
        int[] padding = section.Ints("padding", 2);
        return new ConvPadding(padding[0], padding[1]);
    }
}
