namespace ImageToText.ImageHeaders;

/// <summary>What came of looking at an image's first bytes.</summary>
public enum ImageHeaderStatus
{
    /// <summary>Not enough bytes yet: come back with at least <see cref="ImageHeaderResult.BytesNeeded"/>.</summary>
    NeedMoreBytes,

    /// <summary><see cref="ImageHeaderResult.Header"/> holds the answer.</summary>
    Found,

    /// <summary>Not a picture, or one in a format that is not read.</summary>
    Unsupported,

    /// <summary>A format that is read, but the header ends early or contradicts itself.</summary>
    Damaged,
}

/// <summary>What came of looking at an image's first bytes.</summary>
public readonly record struct ImageHeaderResult
{
    /// <summary>Which of the four cases this is.</summary>
    public ImageHeaderStatus Status { get; private init; }

    /// <summary>The header, where it was found.</summary>
    public ImageHeader Header { get; private init; }

    /// <summary>The format, where it is one that is read; known before the size is.</summary>
    public ImageFormat? Format { get; private init; }

    /// <summary>
    /// Where unsupported, what the bytes look like ("an SVG drawing"); where damaged, what is wrong with them
    /// ("it ends before its size"); else null.
    /// </summary>
    public string? Reason { get; private init; }

    /// <summary>Where more bytes are needed: how many, counted from the image's start, before asking again is of use.</summary>
    public long BytesNeeded { get; private init; }

    internal static ImageHeaderResult Of(ImageHeader header) =>
        new()
        {
            Status = ImageHeaderStatus.Found,
            Header = header,
            Format = header.Format,
        };

    internal static ImageHeaderResult Unsupported(string looksLike) => new() { Status = ImageHeaderStatus.Unsupported, Reason = looksLike };

    internal static ImageHeaderResult Damaged(ImageFormat format, string reason) =>
        new()
        {
            Status = ImageHeaderStatus.Damaged,
            Format = format,
            Reason = reason,
        };

    internal static ImageHeaderResult NeedMore(ImageFormat? format, long bytes) =>
        new()
        {
            Status = ImageHeaderStatus.NeedMoreBytes,
            Format = format,
            BytesNeeded = bytes,
        };
}
