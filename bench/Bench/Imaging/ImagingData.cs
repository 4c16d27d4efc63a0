namespace ImageToText.Bench.Imaging;

/// <summary>The figures of 'imaging'. Megabytes are 10^6 bytes.</summary>
/// <param name="Rounds">Readings of each large picture.</param>
/// <param name="Large">Pictures of 12 megapixels, decoded and resized on one thread.</param>
/// <param name="InARow">Memory over many readings.</param>
/// <param name="Headers">Format and size from the first bytes: the slowest reference picture of each format.</param>
/// <param name="Refusals">Bad files, each in its own process.</param>
internal sealed record ImagingData(
    int Rounds,
    IReadOnlyList<LargePicture> Large,
    ReadingsInARow InARow,
    IReadOnlyList<HeaderReading> Headers,
    IReadOnlyList<RefusedPicture> Refusals
)
{
    /// <summary>Photographs of the size that the load runs send; null: not measured.</summary>
    public SmallPictures? Small { get; init; }
}

/// <summary>Photographs of 500 x 375 pixels, each read once. Medians.</summary>
/// <param name="FirstMs">The first ones of the process, while code is not fully compiled.</param>
/// <param name="Ms">Once it is.</param>
/// <param name="DecodeMs">Of that, decoding.</param>
/// <param name="ResizeMs">Of that, resizing.</param>
internal sealed record SmallPictures(double FirstMs, double Ms, double DecodeMs, double ResizeMs);

/// <summary>A picture of 12 megapixels.</summary>
internal sealed record LargePicture(
    string MadeBy,
    double Megabytes,
    double Ms,
    double MedianMs,
    double DecodeMs,
    double DecodeMedianMs,
    double ResizeMs,
    double ResizeMedianMs,
    double PeakMegabytes
);

/// <summary>Resident memory after a tenth of the readings and at their end.</summary>
internal sealed record ReadingsInARow(string File, int Readings, double EarlyMegabytes, double EndMegabytes);

/// <summary>A header.</summary>
internal sealed record HeaderReading(string Format, string File, long BytesNeeded, double Microseconds);

/// <summary>A bad file that was refused, including the first use of its decoder.</summary>
internal sealed record RefusedPicture(string File, double Ms, double PeakMegabytes, string Why);
