namespace ImageToText.Captioning;

/// <summary>How much a caption says.</summary>
public enum CaptionLength
{
    /// <summary>One short sentence.</summary>
    Short,

    /// <summary>A few sentences.</summary>
    Normal,

    /// <summary>A paragraph.</summary>
    Long,
}
