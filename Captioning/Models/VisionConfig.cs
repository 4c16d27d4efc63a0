namespace ImageToText.Captioning.Models;

/// <summary>The vision half of a model: pixels in, one vector per token of the picture out.</summary>
internal abstract record VisionConfig
{
    /// <summary>Pixels a side that the encoder sees.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Tokens of one picture.</summary>
    public abstract int Tokens { get; }

    /// <summary>Width of a token.</summary>
    public abstract int OutputSize { get; }
}

/// <summary>BLIP's vision transformer (transformers' BlipVisionConfig; Dosovitskiy et al. 2020).</summary>
internal sealed record BlipVisionConfig : VisionConfig
{
    /// <summary>Pixels a side of a patch.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Width of a token.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of each layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Epsilon of the layer normalizations.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>Patches a side.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <inheritdoc/>
    public override int Tokens => (Grid * Grid) + 1;

    /// <inheritdoc/>
    public override int OutputSize => HiddenSize;

    /// <summary>Reads vision_config.</summary>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static BlipVisionConfig Read(ModelJson vision)
    {
        vision.Require("hidden_act", vision.OptionalText("hidden_act"), "gelu");
        var config = new BlipVisionConfig
        {
            ImageSize = vision.Int("image_size"),
            PatchSize = vision.Int("patch_size"),
            HiddenSize = vision.Int("hidden_size"),
            IntermediateSize = vision.Int("intermediate_size"),
            Layers = vision.Int("num_hidden_layers"),
            Heads = vision.Int("num_attention_heads"),
            LayerNormEpsilon = (float)vision.Number("layer_norm_eps"),
        };
        AttentionHeads.Check("vision_config", config.HiddenSize, config.Heads);
        if (config.PatchSize > config.ImageSize)
        {
            throw new ModelFormatException($"config.json: vision_config has patches of {config.PatchSize} in pictures of {config.ImageSize} pixels.");
        }

        return config;
    }
}

/// <summary>The starter's convolutional encoder (models/starter/README.md; Tan and Le 2019).</summary>
internal sealed record ConvVisionConfig : VisionConfig
{
    /// <summary>The first convolution.</summary>
    public required ConvStem Stem { get; init; }

    /// <summary>The inverted-residual blocks.</summary>
    public required IReadOnlyList<ConvBlock> Blocks { get; init; }

    /// <summary>Channels of the last convolution.</summary>
    public required int HeadChannels { get; init; }

    /// <summary>Cells a side of the grid that comes out.</summary>
    public required int GridSize { get; init; }

    /// <summary>Width of a token after the projection.</summary>
    public required int ProjectionSize { get; init; }

    /// <summary>Epsilon of the layer normalization after the projection.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <inheritdoc/>
    public override int Tokens => GridSize * GridSize;

    /// <inheritdoc/>
    public override int OutputSize => ProjectionSize;

    /// <summary>Reads vision_config.</summary>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static ConvVisionConfig Read(ModelJson vision)
    {
        vision.Require("activation", vision.OptionalText("activation"), "relu6");
        var stem = vision.Object("stem");
        return new ConvVisionConfig
        {
            ImageSize = vision.Int("image_size"),
            Stem = new ConvStem(stem.Int("out_channels"), stem.Int("kernel_size"), stem.Int("stride"), Padding(stem)),
            Blocks = [.. vision.Objects("blocks").Select(block => new ConvBlock
            {
                InChannels = block.Int("in_channels"),
                ExpandedChannels = block.Int("expanded_channels"),
                OutChannels = block.Int("out_channels"),
                KernelSize = block.Int("kernel_size"),
                Stride = block.Int("stride"),
                Padding = Padding(block),
                Expand = block.OptionalBool("expand") ?? true,
                Residual = block.OptionalBool("residual") ?? false,
            })],
            HeadChannels = vision.Int("head_channels"),
            GridSize = vision.Int("grid_size"),
            ProjectionSize = vision.Int("projection_size"),
            LayerNormEpsilon = (float)vision.Number("layer_norm_eps"),
        };
    }

    private static ConvPadding Padding(ModelJson section)
    {
        var padding = section.Ints("padding", 2);
        return new ConvPadding(padding[0], padding[1]);
    }
}

/// <summary>Zeros around a picture.</summary>
/// <param name="Before">Above and left.</param>
/// <param name="After">Below and right.</param>
internal readonly record struct ConvPadding(int Before, int After);

/// <summary>The first convolution.</summary>
internal sealed record ConvStem(int OutChannels, int KernelSize, int Stride, ConvPadding Padding);

/// <summary>One inverted-residual block: expand (1 x 1), depthwise, project (1 x 1).</summary>
internal sealed record ConvBlock
{
    /// <summary>Channels in.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels between.</summary>
    public required int ExpandedChannels { get; init; }

    /// <summary>Channels out.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Side of the depthwise kernel.</summary>
    public required int KernelSize { get; init; }

    /// <summary>Stride of the depthwise convolution.</summary>
    public required int Stride { get; init; }

    /// <summary>Padding of the depthwise convolution.</summary>
    public required ConvPadding Padding { get; init; }

    /// <summary>Whether it starts with the expansion.</summary>
    public required bool Expand { get; init; }

    /// <summary>Whether its input is added to its output.</summary>
    public required bool Residual { get; init; }
}
