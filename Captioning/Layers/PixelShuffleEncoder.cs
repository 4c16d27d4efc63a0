using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// A vision half of square views whose neighbouring tokens are put together into one, which a linear layer brings to another width.
/// </summary>
/// <param name="Encoder">The vision half, without tokens of its own.</param>
/// <param name="Factor">Tokens of a side that become one.</param>
/// <param name="Projection">The layer.</param>
/// <param name="OutputSize">The width.</param>
internal sealed record PixelShuffleEncoder(VisionTransformer Encoder, int Factor, LinearLayer Projection, int OutputSize) : IVisionEncoder
{
    /// <inheritdoc/>
    public int ImageHeight => Encoder.ImageHeight;

    /// <inheritdoc/>
    public int ImageWidth => Encoder.ImageWidth;

    /// <inheritdoc/>
    public int Tokens => Encoder.Tokens / (Factor * Factor);

    private int Side => Encoder.ImageHeight / Encoder.PatchSize;

    /// <summary>Refuses sizes that do not fit each other.</summary>
    /// <param name="section">The part of config.json that they come from.</param>
    /// <exception cref="ModelFormatException">They do not.</exception>
    public void Check(string section)
    {
        Encoder.Check(section);
        if (Side % Factor != 0)
        {
            throw new ModelFormatException(
                $"config.json: {section} gives {Side} patches a side, which scale_factor {Factor} does not divide."
            );
        }
    }

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        int side = Side / Factor;
        int width = Encoder.HiddenSize * Factor * Factor;
        // Rows and columns of blocks; in a block its rows, then its columns, then what each token holds.
        string blocks = graph.Reshape(Encoder.Build(graph, pixels), side, Factor, side, Factor, Encoder.HiddenSize);
        string ordered = graph.Node("Transpose", [blocks], Ints("perm", 0, 2, 1, 3, 4));
        // Its errors are in every token of the picture: by rows they are smaller.
        return graph.LinearByRow(graph.Reshape(ordered, -1, width), Projection, width, OutputSize);
    }
}
