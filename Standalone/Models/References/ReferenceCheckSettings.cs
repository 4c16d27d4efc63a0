using ImageToText.Captioning;

namespace ImageToText.Standalone.Models.References;

/// <summary>What to compare with, and how.</summary>
internal sealed record ReferenceCheckSettings
{
    /// <summary>More than two programs differ that compute the same in another order, and less than a fault makes.</summary>
    public const double DefaultTolerance = 0.005;

    /// <summary>The file of transformers' captions.</summary>
    public required string Path { get; init; }

    /// <summary>The folder of its pictures; null: the file's own.</summary>
    public string? Pictures { get; init; }

    /// <summary>The largest distance of a number that still counts as equal.</summary>
    public double Tolerance { get; init; } = DefaultTolerance;

    public Precision Precision { get; init; }

    public ProviderChoice Provider { get; init; }

    /// <summary>One JSON object for each caption and line.</summary>
    public bool Json { get; init; }
}
