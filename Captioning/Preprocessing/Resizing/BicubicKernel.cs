namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Keys' cubic convolution with a = -0.5.</summary>
internal sealed class BicubicKernel : ResampleKernel
{
    private const double A = -0.5;

    public BicubicKernel(ResizeAxis axis)
        : base(axis, 2.0, Weight) { }

    public BicubicKernel(int inputLength, int outputLength)
        : this(ResizeAxis.Whole(inputLength, outputLength)) { }

    private static double Weight(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1
            : x < 2.0 ? ((((x - 5) * x) + 8) * x - 4) * A
            : 0.0;
    }
}
