namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>
/// One of Pillow's filters along one axis: for each output sample, the first input sample and the fixed-point weights.
/// </summary>
/// <remarks>
/// The filter is stretched by the shrink factor when shrinking; weights are normalized to sum 1 in double precision and
/// rounded to 22 fractional bits, as in Pillow's Resample.c.
/// </remarks>
internal abstract class ResampleKernel
{
    /// <summary>Fractional bits of the weights: 32 minus 8 for the pixel minus 2 of headroom.</summary>
    public const int PrecisionBits = 22;

    private readonly int[] _weights;
    private readonly int[] _firsts;
    private readonly int[] _counts;

    /// <param name="axis">How many samples become how many, and which of them are wanted.</param>
    /// <param name="reach">How far the filter reaches to each side.</param>
    /// <param name="filter">The filter.</param>
    protected ResampleKernel(ResizeAxis axis, double reach, Func<double, double> filter)
    {
        var (inputLength, outputLength) = (axis.Input, axis.Count);
        InputLength = inputLength;
        OutputLength = outputLength;
        double scale = (double)inputLength / axis.Output;
        double filterScale = Math.Max(scale, 1.0);
        double support = reach * filterScale;
        MaxTaps = ((int)Math.Ceiling(support) * 2) + 1;
        _weights = new int[outputLength * MaxTaps];
        _firsts = new int[outputLength];
        _counts = new int[outputLength];
        double[] weights = new double[MaxTaps];
        double inverse = 1.0 / filterScale;
        for (int output = 0; output < outputLength; output++)
        {
            double center = (axis.First + output + 0.5) * scale;
            int first = Math.Max((int)(center - support + 0.5), 0);
            int count = Math.Min((int)(center + support + 0.5), inputLength) - first;
            double sum = 0.0;
            for (int tap = 0; tap < count; tap++)
            {
                weights[tap] = filter((tap + first - center + 0.5) * inverse);
                sum += weights[tap];
            }

            for (int tap = 0; tap < count; tap++)
            {
                double weight = sum != 0.0 ? weights[tap] / sum : weights[tap];
                _weights[(output * MaxTaps) + tap] = (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << PrecisionBits)));
            }

            _firsts[output] = first;
            _counts[output] = count;
        }
    }

    /// <summary>The kernel of a filter.</summary>
    public static ResampleKernel Create(ResampleFilter filter, ResizeAxis axis) =>
        filter switch
        {
            ResampleFilter.Bilinear => new BilinearKernel(axis),
            ResampleFilter.Lanczos => new LanczosKernel(axis),
            _ => new BicubicKernel(axis),
        };

    /// <summary>Samples going in.</summary>
    public int InputLength { get; }

    /// <summary>Samples coming out, of those that are wanted.</summary>
    public int OutputLength { get; }

    /// <summary>The most input samples that make up one output sample.</summary>
    public int MaxTaps { get; }

    /// <summary>The first input sample of an output sample.</summary>
    public int First(int output) => _firsts[output];

    /// <summary>The last input sample of an output sample.</summary>
    public int Last(int output) => _firsts[output] + _counts[output] - 1;

    /// <summary>The weights of an output sample.</summary>
    public ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * MaxTaps, _counts[output]);

    /// <summary>Converts fixed point back to a byte.</summary>
    public static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);
}
