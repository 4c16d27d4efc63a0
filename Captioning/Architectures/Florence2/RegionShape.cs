namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>How a region is written.</summary>
internal enum RegionShape
{
    /// <summary>Left, top, right and bottom.</summary>
    Box,

    /// <summary>Four corners.</summary>
    Quadrilateral,

    /// <summary>Three or more corners.</summary>
    Outline,
}
