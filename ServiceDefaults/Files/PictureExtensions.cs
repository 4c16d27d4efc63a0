namespace ImageToText.ServiceDefaults.Files;

/// <summary>The names of picture files.</summary>
public static class PictureExtensions
{
    /// <summary>The extensions of formats that are read, in lower case, with their dot. Case does not count.</summary>
    public static IReadOnlySet<string> Known { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase)
        {
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".png",
            ".gif",
            ".webp",
            ".bmp",
            ".dib",
            ".tif",
            ".tiff",
            ".avif",
            ".heic",
            ".heif",
            ".hif",
            ".jxl",
            ".jp2",
            ".j2k",
            ".psd",
            ".ico",
            ".tga",
            ".pnm",
            ".ppm",
            ".pgm",
            ".pbm",
        };
}
