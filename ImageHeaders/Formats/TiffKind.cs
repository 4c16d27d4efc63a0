using System.Globalization;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>What a TIFF's first directory says of how its pixels are stored. Source: TIFF 6.0 and Adobe's technical notes.</summary>
internal struct TiffKind
{
    private const long YCbCr = 6;
    private const long CieLab = 8;
    private const long Lzma = 34925;
    private const long Zstd = 50000;

    public TiffKind() { }

    /// <summary>The compression's number.</summary>
    public long Compression { get; set; } = 1;

    /// <summary>What the samples mean; null: the file doesn't say.</summary>
    public long? Photometric { get; set; }

    /// <summary>Bits of the first sample; 0: not told in the usual way.</summary>
    public long BitsPerSample { get; set; } = 1;

    /// <summary>Whether each channel is stored by itself.</summary>
    public bool IsPlanar { get; set; }

    /// <summary>Whether it is stored in tiles rather than strips.</summary>
    public bool IsTiled { get; set; }

    /// <summary>Whether the sample after the colours is said to be alpha.</summary>
    public bool HasAlpha { get; set; }

    /// <summary>Whether colour differences are stored at fewer pixels than brightness: so where the file says nothing.</summary>
    public bool IsSubsampled { get; set; } = true;

    /// <summary>
    /// What the samples mean. Decoders convert YCbCr that is subsampled or compressed as JPEG, and hand over other YCbCr as it is.
    /// </summary>
    public readonly StoredSamples Samples =>
        Photometric == YCbCr && !IsSubsampled && Compression is not (6 or 7) ? StoredSamples.YCbCr : StoredSamples.AsShown;

    /// <summary>Whether it is read, but of a kind that few decoders read.</summary>
    public readonly bool IsRare => Compression is Zstd or Lzma || Photometric == CieLab || (IsPlanar && IsTiled) || !HasUsualBits;

    private readonly bool HasUsualBits => BitsPerSample is 0 or 1 or 2 or 4 or 8 or 16 or 32 or 64;

    /// <summary>What kind of TIFF it is, where that kind is not read; null where it is.</summary>
    public readonly string? WhyNotRead() =>
        CompressionNotRead() is { } compression ? $"a TIFF picture with {compression} compression"
        : Photometric is null ? "a TIFF picture that does not say what its values mean (it has no PhotometricInterpretation)"
        : Photometric is 9 or 10 ? "a TIFF picture in the Lab colours of ICC or ITU"
        : !HasUsualBits && BitsPerSample is not (6 or 10 or 12 or 14 or 24)
            ? string.Create(CultureInfo.InvariantCulture, $"a TIFF picture of {BitsPerSample} bits a channel")
        : null;

    private readonly string? CompressionNotRead() =>
        Compression switch
        {
            6 when IsTiled => "old JPEG",
            9 or 10 or 34661 => "JBIG",
            32809 => "ThunderScan",
            34712 => "JPEG 2000",
            34887 => "LERC",
            50002 or 52546 => "JPEG XL",
            _ => null,
        };
}
