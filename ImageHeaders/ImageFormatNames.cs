namespace ImageToText.ImageHeaders;

/// <summary>Formats as people write them.</summary>
public static class ImageFormatNames
{
    /// <summary>The format's name: JPEG, WebP, AVIF.</summary>
    /// <param name="format">The format.</param>
    public static string Name(this ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();
}
