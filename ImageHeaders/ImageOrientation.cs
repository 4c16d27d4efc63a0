namespace ImageToText.ImageHeaders;

/// <summary>How to turn stored rows and columns into the upright picture: the values of the Exif tag 0x0112.</summary>
public enum ImageOrientation : byte
{
    /// <summary>Stored as shown.</summary>
    Upright = 1,

    /// <summary>Left and right are swapped.</summary>
    MirroredHorizontally = 2,

    /// <summary>Stored upside down.</summary>
    Rotated180 = 3,

    /// <summary>Top and bottom are swapped.</summary>
    MirroredVertically = 4,

    /// <summary>Rows are columns.</summary>
    Transposed = 5,

    /// <summary>Turn it a quarter clockwise.</summary>
    RotateClockwise = 6,

    /// <summary>Rows are columns, mirrored at the other diagonal.</summary>
    Transversed = 7,

    /// <summary>Turn it a quarter counter-clockwise.</summary>
    RotateCounterClockwise = 8,
}
