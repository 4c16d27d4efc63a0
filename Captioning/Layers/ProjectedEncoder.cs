namespace ImageToText.Captioning.Layers;

/// <summary>A vision half whose tokens are projected to another width by a linear layer.</summary>
/// <param name="Encoder">The vision half.</param>
/// <param name="Projection">The layer.</param>
/// <param name="OutputSize">The width.</param>
internal sealed record ProjectedEncoder(IVisionEncoder Encoder, LinearLayer Projection, int OutputSize) : IVisionEncoder
{
    /// <summary>Layer normalization after it; null: none.</summary>
    public string? Norm { get; init; }

    /// <summary>Its epsilon.</summary>
    public float NormEpsilon { get; init; }

    /// <inheritdoc/>
    public int ImageHeight => Encoder.ImageHeight;

    /// <inheritdoc/>
    public int ImageWidth => Encoder.ImageWidth;

    /// <inheritdoc/>
    public int Tokens => Encoder.Tokens;

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        string x = graph.Linear(Encoder.Build(graph, pixels), Projection, Encoder.OutputSize, OutputSize);
        return Norm is { } norm ? graph.LayerNorm(x, norm, OutputSize, NormEpsilon) : x;
    }
}
