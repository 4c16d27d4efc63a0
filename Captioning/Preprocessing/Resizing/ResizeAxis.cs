namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>One direction of a resize.</summary>
/// <param name="Input">Samples going in.</param>
/// <param name="Output">How many samples they become.</param>
/// <param name="First">The first wanted one.</param>
/// <param name="Count">How many are wanted.</param>
internal readonly record struct ResizeAxis(int Input, int Output, int First, int Count)
{
    /// <summary>Whether nothing changes.</summary>
    public bool IsUnchanged => Input == Count && Input == Output;

    /// <summary>All samples are wanted.</summary>
    public static ResizeAxis Whole(int input, int output) => new(input, output, 0, output);
}
