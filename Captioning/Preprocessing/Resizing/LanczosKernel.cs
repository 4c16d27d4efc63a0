namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Lanczos' windowed sinc with three lobes.</summary>
internal sealed class LanczosKernel(ResizeAxis axis) : ResampleKernel(axis, 3.0, Weight)
{
    private static double Weight(double x) => x is >= -3.0 and < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;

    private static double Sinc(double x)
    {
        if (x == 0.0)
        {
            return 1.0;
        }

        x *= Math.PI;
        return Math.Sin(x) / x;
    }
}
