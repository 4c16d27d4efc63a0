namespace ImageToText.Captioning.Architectures.ConvBlip;

/// <summary>Zeros around a picture.</summary>
/// <param name="Before">Above and left.</param>
/// <param name="After">Below and right.</param>
internal readonly record struct ConvPadding(int Before, int After);

/// <summary>The first convolution.</summary>
internal sealed record ConvStem(int OutChannels, int KernelSize, int Stride, ConvPadding Padding);

/// <summary>One inverted-residual block: expand (1 x 1), depthwise, project (1 x 1).</summary>
internal sealed record ConvBlock
{
    /// <summary>Channels in.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels in between.</summary>
    public required int ExpandedChannels { get; init; }

    /// <summary>Channels out.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Side of the depthwise kernel.</summary>
    public required int KernelSize { get; init; }

    /// <summary>Stride of the depthwise convolution.</summary>
    public required int Stride { get; init; }

    /// <summary>Padding of the depthwise convolution.</summary>
    public required ConvPadding Padding { get; init; }

    /// <summary>Whether it starts with the expansion.</summary>
    public required bool Expand { get; init; }

    /// <summary>Whether its input is added to its output.</summary>
    public required bool Residual { get; init; }
}
