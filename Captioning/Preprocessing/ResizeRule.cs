namespace ImageToText.Captioning.Preprocessing;

/// <summary>The rule for the size of a resized picture.</summary>
internal abstract record ResizeRule
{
    /// <summary>The new size of a picture.</summary>
    public abstract PixelSize SizeFor(PixelSize picture);
}

/// <summary>Pixels across and down.</summary>
internal readonly record struct PixelSize(int Width, int Height);

/// <summary>One size for all, regardless of proportions.</summary>
internal sealed record ExactSize(PixelSize Size) : ResizeRule
{
    /// <inheritdoc/>
    public override PixelSize SizeFor(PixelSize picture) => Size;
}

/// <summary>The shorter side gets a given length, and the other follows.</summary>
/// <param name="Edge">The shorter side's length.</param>
/// <param name="LongestEdge">The most that the longer side may have; null: no limit.</param>
internal sealed record ShortestEdge(int Edge, int? LongestEdge) : ResizeRule
{
    /// <inheritdoc/>
    public override PixelSize SizeFor(PixelSize picture)
    {
        var (shorter, longer) = (Math.Min(picture.Width, picture.Height), Math.Max(picture.Width, picture.Height));
        var (edge, other) = (Edge, (int)((double)((long)Edge * longer) / shorter));
        if (other > LongestEdge)
        {
            (edge, other) = ((int)((double)((long)LongestEdge * edge) / other), LongestEdge.Value);
        }

        return picture.Width <= picture.Height ? new PixelSize(Math.Max(edge, 1), other) : new PixelSize(other, Math.Max(edge, 1));
    }
}

/// <summary>The longer side gets a given length; the other follows and is made even (Idefics3).</summary>
/// <param name="Edge">The longer side's length.</param>
internal sealed record LongestEdge(int Edge) : ResizeRule
{
    /// <inheritdoc/>
    public override PixelSize SizeFor(PixelSize picture)
    {
        double aspect = (double)picture.Width / picture.Height;
        return picture.Width >= picture.Height
            ? new PixelSize(Edge, Even((int)(Edge / aspect)))
            : new PixelSize(Even((int)(Edge * aspect)), Edge);
    }

    private static int Even(int length) => Math.Max(1, length + (length % 2));
}

/// <summary>Both sides become a whole number of tiles: the longer one first, and the other follows.</summary>
/// <param name="Side">A tile's side.</param>
internal sealed record WholeTiles(int Side) : ResizeRule
{
    /// <inheritdoc/>
    public override PixelSize SizeFor(PixelSize picture)
    {
        double aspect = (double)picture.Width / picture.Height;
        if (picture.Width >= picture.Height)
        {
            int width = Rounded(picture.Width);
            return new PixelSize(width, Rounded((int)(width / aspect)));
        }

        int height = Rounded(picture.Height);
        return new PixelSize(Rounded((int)(height * aspect)), height);
    }

    private int Rounded(int length) => Math.Max(1, (length + Side - 1) / Side) * Side;
}
