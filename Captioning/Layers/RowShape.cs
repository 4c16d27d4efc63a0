namespace ImageToText.Captioning.Layers;

/// <summary>The shape of one row of keys or values: [heads, positions, head size].</summary>
internal readonly record struct RowShape(int Heads, int Positions, int HeadSize)
{
    /// <summary>Elements of one row.</summary>
    public long Count => (long)Heads * Positions * HeadSize;

    /// <summary>With each head's matrix transposed, [heads, head size, positions].</summary>
    public RowShape Transposed => new(Heads, HeadSize, Positions);
}
