namespace ImageToText.Captioning;

/// <summary>How much a caption tells.</summary>
public enum CaptionLength
{
    /// <summary>One short sentence.</summary>
    Short,

    /// <summary>A few sentences.</summary>
    Normal,

    /// <summary>A paragraph.</summary>
    Long,
}
