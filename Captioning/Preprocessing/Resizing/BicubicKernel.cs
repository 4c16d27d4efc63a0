namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>
/// Pillow's bicubic filter for one axis: for each output sample the first input sample and the weights in fixed point.
/// </summary>
/// <remarks>
/// The filter is Keys' cubic convolution with a = -0.5, stretched by the shrink factor when shrinking; weights are
/// normalized to sum 1 in double precision and rounded to 22 fractional bits, as in Pillow's Resample.c.
/// </remarks>
internal sealed class BicubicKernel
{
    /// <summary>Fractional bits of the weights: 32 less 8 of the pixel less 2 of headroom.</summary>
    public const int PrecisionBits = 22;

    private const double A = -0.5;
    private const double Support = 2.0;

    private readonly int[] _weights;
    private readonly int[] _firsts;
    private readonly int[] _counts;

    public BicubicKernel(int inputLength, int outputLength)
    {
        InputLength = inputLength;
        OutputLength = outputLength;
        var scale = (double)inputLength / outputLength;
        var filterScale = Math.Max(scale, 1.0);
        var support = Support * filterScale;
        MaxTaps = ((int)Math.Ceiling(support) * 2) + 1;
        _weights = new int[outputLength * MaxTaps];
        _firsts = new int[outputLength];
        _counts = new int[outputLength];
        var weights = new double[MaxTaps];
        var inverse = 1.0 / filterScale;
        for (var output = 0; output < outputLength; output++)
        {
            var center = (output + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), inputLength) - first;
            var sum = 0.0;
            for (var tap = 0; tap < count; tap++)
            {
                weights[tap] = Weight((tap + first - center + 0.5) * inverse);
                sum += weights[tap];
            }

            for (var tap = 0; tap < count; tap++)
            {
                var weight = sum != 0.0 ? weights[tap] / sum : weights[tap];
                _weights[(output * MaxTaps) + tap] = (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << PrecisionBits)));
            }

            _firsts[output] = first;
            _counts[output] = count;
        }
    }

    /// <summary>Samples going in.</summary>
    public int InputLength { get; }

    /// <summary>Samples coming out.</summary>
    public int OutputLength { get; }

    /// <summary>Input samples that one output sample is made of, at most.</summary>
    public int MaxTaps { get; }

    /// <summary>The first input sample of an output sample.</summary>
    public int First(int output) => _firsts[output];

    /// <summary>The last input sample of an output sample.</summary>
    public int Last(int output) => _firsts[output] + _counts[output] - 1;

    /// <summary>The weights of an output sample.</summary>
    public ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * MaxTaps, _counts[output]);

    /// <summary>Fixed point back to a byte.</summary>
    public static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    private static double Weight(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1
            : x < 2.0 ? ((((x - 5) * x) + 8) * x - 4) * A
            : 0.0;
    }
}
