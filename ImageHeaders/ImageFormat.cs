namespace ImageToText.ImageHeaders;

/// <summary>The picture formats that the service reads.</summary>
public enum ImageFormat
{
    /// <summary>JPEG (ISO/IEC 10918): baseline, progressive, gray, CMYK.</summary>
    Jpeg,

    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>Graphics Interchange Format; only the first frame is read.</summary>
    Gif,

    /// <summary>WebP, lossy or lossless; only the first frame is read.</summary>
    WebP,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>Tagged Image File Format; only the first page is read.</summary>
    Tiff,

    /// <summary>AV1 Image File Format.</summary>
    Avif,

    /// <summary>High Efficiency Image File Format with HEVC, as phones write it.</summary>
    Heic,

    /// <summary>JPEG XL, bare or in a container.</summary>
    JpegXl,

    /// <summary>JPEG 2000, bare or in a container.</summary>
    Jpeg2000,

    /// <summary>Photoshop documents: the merged picture.</summary>
    Psd,

    /// <summary>Windows icons: the largest of their pictures.</summary>
    Ico,

    /// <summary>Truevision TGA, without palettes.</summary>
    Tga,

    /// <summary>PBM, PGM and PPM, as text or bytes.</summary>
    Pnm,
}
