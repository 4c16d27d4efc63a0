namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>The filters, with Pillow's numbers.</summary>
internal enum ResampleFilter
{
    /// <summary>PIL.Image.Resampling.LANCZOS.</summary>
    Lanczos = 1,

    /// <summary>PIL.Image.Resampling.BILINEAR.</summary>
    Bilinear = 2,

    /// <summary>PIL.Image.Resampling.BICUBIC.</summary>
    Bicubic = 3,
}
