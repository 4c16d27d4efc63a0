namespace ImageToText.Standalone.Captions.Results;

/// <summary>Where captions are written besides standard output, and which pictures are passed over.</summary>
internal sealed record ResultSettings
{
    /// <summary>The ending of a text file beside each picture; null: none is written.</summary>
    public string? Sidecar { get; init; }

    /// <summary>Whether a caption is added to what a text file already says.</summary>
    public bool Append { get; init; }

    /// <summary>Whether the caption goes into an XMP file beside each picture.</summary>
    public bool Xmp { get; init; }

    /// <summary>A file that gets one JSON object a picture; null: none.</summary>
    public string? JsonLines { get; init; }

    /// <summary>Whether pictures that have their files already are passed over.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>Whether <see cref="JsonLines"/> is continued: pictures that stand in it are passed over.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether anything is written beside standard output.</summary>
    public bool WritesFiles => Sidecar is not null || Xmp || JsonLines is not null;
}
