namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>A stage of DaViT: a convolution, then blocks.</summary>
/// <param name="Convolution">The convolution.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="Heads">Attention heads in windows.</param>
/// <param name="Groups">Groups of channels that attend to each other.</param>
internal sealed record DavitStage(DavitConvolution Convolution, int Blocks, int Heads, int Groups);

/// <summary>The convolution before a stage's blocks.</summary>
/// <param name="Channels">Channels out.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Cells from one application of the kernel to the next.</param>
/// <param name="Padding">Zeros on each side.</param>
/// <param name="NormsFirst">Whether layer normalization comes before the convolution rather than after it.</param>
internal readonly record struct DavitConvolution(int Channels, int Kernel, int Stride, int Padding, bool NormsFirst)
{
    /// <summary>The map that it produces from another.</summary>
    public DavitMap Output(DavitMap map) => new(Cells(map.Height), Cells(map.Width), Channels);

    private int Cells(int cells) => ((cells + (2 * Padding) - Kernel) / Stride) + 1;
}

/// <summary>The size of a map of tokens.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Tokens per row.</param>
/// <param name="Channels">Width of a token.</param>
internal readonly record struct DavitMap(int Height, int Width, int Channels)
{
    /// <summary>Number of tokens.</summary>
    public int Tokens => Height * Width;
}
