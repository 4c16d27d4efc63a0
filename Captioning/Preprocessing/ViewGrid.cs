namespace ImageToText.Captioning.Preprocessing;

/// <summary>How a picture is cut into tiles, which are seen beside the whole of it.</summary>
/// <param name="Rows">Rows of tiles; 0: the picture is seen whole, once.</param>
/// <param name="Columns">Tiles of a row.</param>
internal readonly record struct ViewGrid(int Rows, int Columns)
{
    /// <summary>The picture whole, once.</summary>
    public static ViewGrid Whole => default;

    /// <summary>Tiles, and the whole picture.</summary>
    public int Views => (Rows * Columns) + 1;
}
