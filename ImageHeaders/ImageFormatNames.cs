namespace ImageToText.ImageHeaders;

/// <summary>Formats as people write them.</summary>
public static class ImageFormatNames
{
    /// <summary>The format's name: JPEG, WebP, AVIF.</summary>
    /// <param name="format">The format.</param>
    public static string Name(this ImageFormat format) =>
        format switch
        {
            ImageFormat.WebP => "WebP",
            ImageFormat.JpegXl => "JPEG XL",
            ImageFormat.Jpeg2000 => "JPEG 2000",
            _ => format.ToString().ToUpperInvariant(),
        };

    /// <summary>All formats in one list, for messages.</summary>
    public static string List { get; } =
        string.Join(", ", Enum.GetValues<ImageFormat>().SkipLast(1).Select(Name)) + $" and {Enum.GetValues<ImageFormat>()[^1].Name()}";
}
