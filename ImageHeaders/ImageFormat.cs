namespace ImageToText.ImageHeaders;

/// <summary>The picture formats that the service reads.</summary>
public enum ImageFormat
{
    /// <summary>JPEG (ISO/IEC 10918): baseline, progressive, gray, CMYK.</summary>
    Jpeg,

    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>Graphics Interchange Format; the first frame counts.</summary>
    Gif,

    /// <summary>WebP, lossy or lossless; the first frame counts.</summary>
    WebP,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>Tagged Image File Format; the first page counts.</summary>
    Tiff,

    /// <summary>AV1 Image File Format.</summary>
    Avif,
}
