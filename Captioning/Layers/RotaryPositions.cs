namespace ImageToText.Captioning.Layers;

/// <summary>Positions as angles by which pairs of a query's or a key's numbers are turned (Su et al. 2021), as Llama pairs them.</summary>
/// <param name="Base">The longest wave, in radians' inverse.</param>
/// <param name="MaxPositions">One more than the largest place.</param>
/// <param name="HeadSize">Numbers of a head.</param>
internal sealed record RotaryPositions(double Base, int MaxPositions, int HeadSize)
{
    /// <summary>Adds the tables of cosines and sines to a graph, once for all layers.</summary>
    public (string Cosines, string Sines) Tables(GraphBuilder graph)
    {
        int half = HeadSize / 2;
        float[] cosines = new float[MaxPositions * half];
        float[] sines = new float[MaxPositions * half];
        for (int i = 0; i < half; i++)
        {
            // In float32 step by step, as the reference computes it.
            float frequency = 1 / (float)Math.Pow(Base, (float)(2 * i) / HeadSize);
            for (int position = 0; position < MaxPositions; position++)
            {
                float angle = position * frequency;
                cosines[(position * half) + i] = MathF.Cos(angle);
                sines[(position * half) + i] = MathF.Sin(angle);
            }
        }

        return (graph.Constant(cosines, MaxPositions, half), graph.Constant(sines, MaxPositions, half));
    }

    /// <summary>Turns flat tokens [tokens, heads x head size] by their places, int64 [tokens].</summary>
    public string Turn(GraphBuilder graph, (string Cosines, string Sines) tables, string x, string positions, int heads)
    {
        string turned = graph.MicrosoftNode(
            "RotaryEmbedding",
            [graph.Reshape(x, 1, -1, heads * HeadSize), graph.Reshape(positions, 1, -1), tables.Cosines, tables.Sines]
        );
        return graph.Reshape(turned, -1, heads * HeadSize);
    }
}
