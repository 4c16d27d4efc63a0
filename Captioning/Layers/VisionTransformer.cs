using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// A vision transformer (Dosovitskiy et al. 2020) whose layers normalize first: patches by a convolution, extra tokens in front
/// of them, learned positions.
/// </summary>
internal sealed record VisionTransformer : IVisionEncoder
{
    /// <inheritdoc/>
    public required int ImageHeight { get; init; }

    /// <inheritdoc/>
    public required int ImageWidth { get; init; }

    /// <summary>Pixels per side of a patch.</summary>
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

    /// <summary>The function between the two feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>The convolution that turns patches into tokens.</summary>
    public required LinearLayer Patches { get; init; }

    /// <summary>Whether own tokens stand as [width] and positions as [tokens, width], without dimensions of one.</summary>
    public bool IsFlat { get; init; }

    /// <summary>Layer normalization before the first layer; null: none.</summary>
    public string? FirstNorm { get; init; }

    /// <summary>Tokens in front of the patches, each [1, 1, width]: a class token, a distillation token, or none.</summary>
    public required IReadOnlyList<string> OwnTokens { get; init; }

    /// <summary>[1, tokens, width].</summary>
    public required string Positions { get; init; }

    /// <summary>Where the checkpoint has a layer's numbers.</summary>
    public required Func<int, VisionTransformerLayer> Layer { get; init; }

    /// <summary>Layer normalization after the last layer; null: none.</summary>
    public required string? FinalNorm { get; init; }

    /// <summary>Number of patches.</summary>
    public int PatchCount => (ImageHeight / PatchSize) * (ImageWidth / PatchSize);

    /// <inheritdoc/>
    public int Tokens => PatchCount + OwnTokens.Count;

    /// <inheritdoc/>
    public int OutputSize => HiddenSize;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <param name="section">The part of config.json that contains them.</param>
    /// <exception cref="ModelFormatException">They do not fit together.</exception>
    public void Check(string section)
    {
        AttentionHeads.Check(section, "hidden_size", HiddenSize, Heads);
        if (PatchSize > Math.Min(ImageHeight, ImageWidth))
        {
            throw new ModelFormatException(
                $"config.json: {section} has patches of {PatchSize} in pictures of {Math.Min(ImageHeight, ImageWidth)} pixels."
            );
        }
    }

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        string x = Embed(graph, pixels);
        for (int layer = 0; layer < Layers; layer++)
        {
            x = AddLayer(graph, Layer(layer), x);
        }

        return FinalNorm is null ? x : graph.LayerNorm(x, FinalNorm, HiddenSize, LayerNormEpsilon);
    }

    // Patches by a convolution with stride = kernel, the extra tokens in front, positions added: [pictures x tokens, hidden].
    private string Embed(GraphBuilder graph, string pixels)
    {
        string kernel = graph.Weight(Patches.Weight, HiddenSize, 3, PatchSize, PatchSize);
        string patches = graph.Node(
            "Conv",
            Patches.Bias is { } bias ? [pixels, kernel, graph.Weight(bias, HiddenSize)] : [pixels, kernel],
            Ints("kernel_shape", PatchSize, PatchSize),
            Ints("strides", PatchSize, PatchSize)
        );
        string rows = graph.Node("Transpose", [graph.Reshape(patches, 0, HiddenSize, -1)], Ints("perm", 0, 2, 1));
        string positions = IsFlat
            ? graph.Reshape(graph.Weight(Positions, Tokens, HiddenSize), 1, Tokens, HiddenSize)
            : graph.Weight(Positions, 1, Tokens, HiddenSize);
        if (OwnTokens.Count > 0)
        {
            // They are the same in every picture: with the positions they are one constant, which ONNX Runtime adds up once.
            string own = graph.Join(OwnTokens.Select(token => OwnToken(graph, token)), axis: 1);
            positions = graph.Node("Add", [graph.Node("Pad", [own, graph.Constant(0, 0, 0, 0, PatchCount, 0)]), positions]);
            rows = graph.Node("Pad", [rows, graph.Constant(0, OwnTokens.Count, 0, 0, 0, 0)]);
        }

        string x = graph.Reshape(graph.Node("Add", [rows, positions]), -1, HiddenSize);
        return FirstNorm is null ? x : graph.LayerNorm(x, FirstNorm, HiddenSize, LayerNormEpsilon);
    }

    private string OwnToken(GraphBuilder graph, string name) =>
        IsFlat ? graph.Reshape(graph.Weight(name, HiddenSize), 1, 1, HiddenSize) : graph.Weight(name, 1, 1, HiddenSize);

    private string AddLayer(GraphBuilder graph, VisionTransformerLayer layer, string x)
    {
        string normed = graph.LayerNorm(x, layer.AttentionNorm, HiddenSize, LayerNormEpsilon);
        string[] parts =
        [
            .. graph
                .LinearParts(normed, layer.QueryKeyValue, HiddenSize, 3 * HiddenSize, 3)
                .Select(part => graph.Reshape(part, -1, Tokens, HiddenSize)),
        ];
        string attended = graph.MicrosoftNode("MultiHeadAttention", parts, Int("num_heads", Heads));
        x = graph.Node("Add", [x, graph.Linear(graph.Reshape(attended, -1, HiddenSize), layer.AttentionOutput, HiddenSize, HiddenSize)]);

        normed = graph.LayerNorm(x, layer.FeedForwardNorm, HiddenSize, LayerNormEpsilon);
        return graph.Node("Add", [x, layer.FeedForward.Build(graph, normed, HiddenSize, IntermediateSize, Activation)]);
    }
}

/// <summary>Where the checkpoint has the numbers of a vision transformer's layer.</summary>
internal sealed record VisionTransformerLayer
{
    /// <summary>Layer normalization before the attention.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>One layer that outputs queries, keys and values one after the other, or three layers.</summary>
    public required IReadOnlyList<LinearLayer> QueryKeyValue { get; init; }

    /// <summary>The layer after the attention.</summary>
    public required LinearLayer AttentionOutput { get; init; }

    /// <summary>Layer normalization before the feed-forward layers.</summary>
    public required string FeedForwardNorm { get; init; }

    /// <summary>The feed-forward layers.</summary>
    public required FeedForward FeedForward { get; init; }
}
