namespace ImageToText.Captioning.Preprocessing;

/// <summary>How a picture is cut into tiles, which are seen beside the whole picture.</summary>
/// <param name="Rows">Rows of tiles; 0: there is one view of the whole picture.</param>
/// <param name="Columns">Tiles per row.</param>
internal readonly record struct ViewGrid(int Rows, int Columns)
{
    /// <summary>One view of the whole picture.</summary>
    public static ViewGrid Whole => default;

    /// <summary>The tiles, and the whole picture.</summary>
    public int Views => (Rows * Columns) + 1;
}
