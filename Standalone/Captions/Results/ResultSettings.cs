namespace ImageToText.Standalone.Captions.Results;

/// <summary>Where captions are written besides standard output, and which pictures are skipped.</summary>
internal sealed record ResultSettings
{
    /// <summary>The extension of a text file beside each picture; null: none.</summary>
    public string? Sidecar { get; init; }

    /// <summary>Whether to add the caption to what a text file already has.</summary>
    public bool Append { get; init; }

    /// <summary>Whether the caption goes into an XMP file beside each picture.</summary>
    public bool Xmp { get; init; }

    /// <summary>A file that gets one JSON object per picture; null: none.</summary>
    public string? JsonLines { get; init; }

    /// <summary>Whether to skip pictures that already have their files.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>Whether to continue <see cref="JsonLines"/>, skipping the pictures in it.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether anything besides standard output is written.</summary>
    public bool WritesFiles => Sidecar is not null || Xmp || JsonLines is not null;
}
