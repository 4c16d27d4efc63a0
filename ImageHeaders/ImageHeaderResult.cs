namespace ImageToText.ImageHeaders;

/// <summary>The outcome of looking at an image's first bytes.</summary>
public enum ImageHeaderStatus
{
    /// <summary>There are not enough bytes yet: come back with at least <see cref="ImageHeaderResult.BytesNeeded"/>.</summary>
    NeedMoreBytes,

    /// <summary><see cref="ImageHeaderResult.Header"/> holds the answer.</summary>
    Found,

    /// <summary>Not a picture, or a picture in an unsupported format.</summary>
    Unsupported,

    /// <summary>The format is supported, but the header ends early or contradicts itself.</summary>
    Damaged,
}

/// <summary>The outcome of looking at an image's first bytes.</summary>
public readonly record struct ImageHeaderResult
{
    /// <summary>Which of the four outcomes this is.</summary>
    public ImageHeaderStatus Status { get; private init; }

    /// <summary>The header, if it was found.</summary>
    public ImageHeader Header { get; private init; }

    /// <summary>The format, if it is supported; known before the size is.</summary>
    public ImageFormat? Format { get; private init; }

    /// <summary>
    /// If unsupported, what the bytes look like ("an SVG drawing"). If damaged, what is wrong with them ("it ends before its
    /// size"). Otherwise null.
    /// </summary>
    public string? Reason { get; private init; }

    /// <summary>If more bytes are needed, how many to bring, counted from the image's start.</summary>
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
