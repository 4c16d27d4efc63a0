namespace ImageToText.Captioning;

/// <summary>
/// A part of the picture that a caption mentions, in pixels of the upright picture (after EXIF rotation), within its bounds.
/// </summary>
public sealed record CaptionRegion
{
    /// <summary>What is there: an object's name, a phrase, a line of text; empty if the model names nothing.</summary>
    public required string Label { get; init; }

    /// <summary>Its left edge.</summary>
    public required double Left { get; init; }

    /// <summary>Its top edge.</summary>
    public required double Top { get; init; }

    /// <summary>Its right edge, never left of <see cref="Left"/>.</summary>
    public required double Right { get; init; }

    /// <summary>Its bottom edge, never above <see cref="Top"/>.</summary>
    public required double Bottom { get; init; }

    /// <summary>
    /// Its corners, if it is not an upright rectangle (a slanted line of text, an object's outline); otherwise empty.
    /// </summary>
    public IReadOnlyList<RegionPoint> Outline { get; init; } = [];
}

/// <summary>A corner of a region's outline.</summary>
/// <param name="X">Pixels from the left edge of the upright picture.</param>
/// <param name="Y">Pixels from its top edge.</param>
public readonly record struct RegionPoint(double X, double Y);
