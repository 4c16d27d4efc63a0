using ImageToText.Captioning;
using ImageToText.Standalone.Captions.Results;

namespace ImageToText.Standalone.Captions;

/// <summary>The settings of one run of 'caption'.</summary>
internal sealed record CaptionSettings
{
    public required IReadOnlyList<string> Paths { get; init; }

    public string? Model { get; init; }

    public Precision Precision { get; init; } = Precision.F32;

    public bool Gray { get; init; }

    public ProviderChoice Provider { get; init; } = ProviderChoice.Auto;

    public CaptionOptions Options { get; init; } = new();

    public OutputForm Output { get; init; }

    public bool Details { get; init; }

    public CaptionWording Wording { get; init; } = new();

    public ResultSettings Results { get; init; } = new();
}
