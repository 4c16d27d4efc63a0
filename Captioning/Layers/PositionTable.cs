using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>What a decoder adds to a token for its position.</summary>
internal abstract record PositionTable
{
    /// <summary>Adds the look-up to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="ids">Flat tokens, int64 [tokens].</param>
    /// <param name="positions">Each token's position, from 0, int64 [tokens].</param>
    /// <param name="maxPositions">One more than the largest position.</param>
    /// <param name="width">Numbers of each.</param>
    /// <returns>[tokens, width].</returns>
    public abstract string Build(GraphBuilder graph, string ids, string positions, int maxPositions, int width);
}

/// <summary>A table from the checkpoint.</summary>
/// <param name="Name">[positions and offset, width].</param>
/// <param name="Offset">Rows before the first position's.</param>
internal sealed record LearnedPositions(string Name, int Offset = 0) : PositionTable
{
    /// <inheritdoc/>
    public override string Build(GraphBuilder graph, string ids, string positions, int maxPositions, int width)
    {
        string rows = Offset == 0 ? positions : graph.Node("Add", [positions, graph.Constant(Offset)]);
        return graph.Node("Gather", [graph.Weight(Name, maxPositions + Offset, width), rows], Int("axis", 0));
    }
}

/// <summary>
/// Sines, then cosines, with wavelengths in geometric progression (Vaswani et al. 2017, in fairseq's form). The rows up to and
/// including the padding id's are not used, and a padding token gets zeros.
/// </summary>
/// <param name="PaddingId">The padding token.</param>
internal sealed record SinusoidalPositions(int PaddingId) : PositionTable
{
    private const double LongestWave = 10000;

    /// <inheritdoc/>
    public override string Build(GraphBuilder graph, string ids, string positions, int maxPositions, int width)
    {
        string table = graph.Constant(Table(maxPositions, width), maxPositions, width);
        string rows = graph.Node("Gather", [table, positions], Int("axis", 0));
        string isPadding = graph.Node("Equal", [ids, graph.Constant(PaddingId)]);
        string counts = graph.Node("Cast", [graph.Node("Not", [isPadding])], Int("to", (long)graph.ComputeType));
        return graph.Node("Mul", [rows, graph.Reshape(counts, -1, 1)]);
    }

    // In float32 step by step, as the reference computes it.
    private float[] Table(int maxPositions, int width)
    {
        int half = width / 2;
        float step = (float)-(Math.Log(LongestWave) / (half - 1));
        float[] table = new float[maxPositions * width];
        for (int position = 0; position < maxPositions; position++)
        {
            var row = table.AsSpan(position * width, width);
            for (int i = 0; i < half; i++)
            {
                float angle = (position + PaddingId + 1) * MathF.Exp(i * step);
                row[i] = MathF.Sin(angle);
                row[half + i] = MathF.Cos(angle);
            }
        }

        return table;
    }
}
