using System.Runtime.CompilerServices;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>
/// Turns bytes into the model's input: (byte x rescale - mean) / std, channel by channel, rounded to float32 at each step as in
/// Hugging Face's image processors (rescale in float64, then mean and std in float32).
/// </summary>
internal sealed class PixelNormalizer
{
    private readonly float[][] _tables;

    /// <param name="rescaleFactor">Usually 1/255.</param>
    /// <param name="mean">Of R, G, B.</param>
    /// <param name="std">Of R, G, B; not zero.</param>
    public PixelNormalizer(double rescaleFactor, ReadOnlySpan<double> mean, ReadOnlySpan<double> std)
    {
        if (mean.Length != 3 || std.Length != 3)
        {
            throw new ArgumentException("A mean and a standard deviation for each of three channels are needed.");
        }

        _tables = new float[3][];
        for (int channel = 0; channel < 3; channel++)
        {
            float[] table = new float[256];
            for (int value = 0; value < table.Length; value++)
            {
                float rescaled = (float)(value * rescaleFactor);
                table[value] = (rescaled - (float)mean[channel]) / (float)std[channel];
            }

            _tables[channel] = table;
        }
    }

    /// <summary>Writes [3, height, width] from [height, width, 3].</summary>
    // Compiled for speed from the first call: the loop runs once per picture, too rarely to be detected as hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        int plane = pixels.Length / 3;
        var (red, green, blue) = (_tables[0], _tables[1], _tables[2]);
        var reds = planes[..plane];
        var greens = planes.Slice(plane, plane);
        var blues = planes.Slice(plane * 2, plane);
        for (int i = 0; i < plane; i++)
        {
            reds[i] = red[pixels[i * 3]];
            greens[i] = green[pixels[(i * 3) + 1]];
            blues[i] = blue[pixels[(i * 3) + 2]];
        }
    }
}
