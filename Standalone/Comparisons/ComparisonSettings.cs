using ImageToText.Captioning;

namespace ImageToText.Standalone.Comparisons;

/// <summary>The settings of a comparison.</summary>
internal sealed record ComparisonSettings
{
    /// <summary>The models, as --model names them.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>A folder of pictures, a file or a glob.</summary>
    public required string Pictures { get; init; }

    /// <summary>The page to write.</summary>
    public required string Output { get; init; }

    public Precision Precision { get; init; } = Precision.F32;

    public ProviderChoice Provider { get; init; } = ProviderChoice.Auto;

    public CaptionOptions Options { get; init; } = new();

    public bool Json { get; init; }
}
