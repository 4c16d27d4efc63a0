namespace ImageToText.Captioning;

/// <summary>How a model cuts pictures into tiles, beside which it sees the whole picture.</summary>
/// <param name="Side">The side of a tile, and of the view of the whole picture, in pixels.</param>
/// <param name="LongestEdge">The longer side that every picture is given before it is cut, in pixels.</param>
public sealed record TileRule(int Side, int LongestEdge);
