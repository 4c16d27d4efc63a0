namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>A triangle.</summary>
internal sealed class BilinearKernel(ResizeAxis axis) : ResampleKernel(axis, 1.0, Weight)
{
    private static double Weight(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? 1.0 - x : 0.0;
    }
}
