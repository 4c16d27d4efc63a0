namespace ImageToText.ImageHeaders;

/// <summary>What the samples mean that a decoder hands over, where it doesn't convert them itself.</summary>
public enum StoredSamples
{
    /// <summary>Gray, RGB or inks, as their number says.</summary>
    AsShown,

    /// <summary>Brightness and colour differences of the full range: TIFFs without JPEG compression and without subsampling.</summary>
    YCbCr,

    /// <summary>Gray from 16 for black to 235 for white: AVIF without colours and of limited range.</summary>
    LimitedGray,
}
