namespace ImageToText.Contracts.Prices;

/// <summary>
/// How a model cuts pictures into tiles, beside which it sees the whole picture. The smallest picture has as many tiles as a large
/// one of its shape, so its price has a floor: the pixels of all that the model sees.
/// </summary>
/// <param name="Side">The side of a tile, and of the view of the whole picture, in pixels.</param>
/// <param name="LongestEdge">The longer side that every picture is given before it is cut, in pixels.</param>
public sealed record PictureTiles(int Side, int LongestEdge)
{
    /// <summary>
    /// The pixels of all views of a picture, as transformers' Idefics3ImageProcessor cuts it: its longer side becomes
    /// <see cref="LongestEdge"/>, then both become whole tiles. The engine's <c>Captioner.WorkPixels</c> is the same number.
    /// </summary>
    /// <param name="width">Pixels across, upright; at least 1.</param>
    /// <param name="height">Pixels down; at least 1.</param>
    public long WorkPixels(int width, int height)
    {
        double aspect = (double)width / height;
        var (across, down) = width >= height ? (LongestEdge, Even(LongestEdge / aspect)) : (Even(LongestEdge * aspect), LongestEdge);
        aspect = (double)across / down;
        long columns;
        long rows;
        if (across >= down)
        {
            columns = Tiles(across);
            rows = Tiles((int)(columns * Side / aspect));
        }
        else
        {
            rows = Tiles(down);
            columns = Tiles((int)(rows * Side * aspect));
        }

        // A picture that is a single tile is not seen twice.
        long views = rows * columns == 1 ? 1 : (rows * columns) + 1;
        return views * Side * Side;
    }

    private static int Even(double length) => Math.Max(1, (int)length + ((int)length % 2));

    private long Tiles(int length) => Math.Max(1, (length + Side - 1) / Side);
}
