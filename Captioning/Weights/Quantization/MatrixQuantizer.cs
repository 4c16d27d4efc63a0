using System.Numerics.Tensors;

namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>A matrix in eight bits.</summary>
/// <param name="Values">[in, out].</param>
/// <param name="Scales">The factor for each output's numbers, [out].</param>
internal sealed record QuantizedMatrix(sbyte[] Values, float[] Scales);

/// <summary>
/// Rounds a matrix to eight bits, symmetric around zero, with one scale per output channel: a channel's largest magnitude becomes
/// 127.
/// </summary>
internal static class MatrixQuantizer
{
    private const float Largest = 127;

    /// <summary>Quantizes a torch Linear's matrix.</summary>
    /// <param name="matrix">[out, in].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    public static QuantizedMatrix Quantize(float[] matrix, int outputs, int inputs)
    {
        sbyte[] values = new sbyte[matrix.LongLength];
        float[] scales = new float[outputs];
        // Blocks of outputs, so that one worker's transposed writes stay within its own cache lines.
        const int block = 64;
        Parallel.For(
            0,
            (outputs + block - 1) / block,
            index =>
            {
                for (int output = index * block; output < Math.Min(outputs, (index + 1) * block); output++)
                {
                    var row = matrix.AsSpan(output * inputs, inputs);
                    float magnitude = Math.Abs(TensorPrimitives.MaxMagnitude<float>(row));
                    // A channel of zeros stays zeros with any scale.
                    float scale = scales[output] = magnitude > 0 ? magnitude / Largest : 1;
                    for (int input = 0; input < inputs; input++)
                    {
                        values[((long)input * outputs) + output] = (sbyte)MathF.Round(row[input] / scale);
                    }
                }
            }
        );
        return new QuantizedMatrix(values, scales);
    }
}
