namespace ImageToText.Captioning.Layers;

/// <summary>A vision half whose tokens are brought to another width by a linear layer.</summary>
/// <param name="Encoder">The vision half.</param>
/// <param name="Projection">The layer.</param>
/// <param name="OutputSize">The width.</param>
internal sealed record ProjectedEncoder(IVisionEncoder Encoder, LinearLayer Projection, int OutputSize) : IVisionEncoder
{
    /// <inheritdoc/>
    public int ImageHeight => Encoder.ImageHeight;

    /// <inheritdoc/>
    public int ImageWidth => Encoder.ImageWidth;

    /// <inheritdoc/>
    public int Tokens => Encoder.Tokens;

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels) =>
        graph.Linear(Encoder.Build(graph, pixels), Projection, Encoder.OutputSize, OutputSize);
}
