using System.Numerics.Tensors;

namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>
/// Rounds a matrix to eight bits in short blocks along the inputs, each with a scale of its own, as ONNX Runtime's
/// MatMulNBits reads them: unsigned around 128.
/// </summary>
internal static class BlockQuantizer
{
    private const int Zero = 128;
    private const float Largest = 127;

    /// <summary>Quantizes a matrix whose rows are a multiple of <paramref name="blockSize"/> long.</summary>
    /// <param name="matrix">[out, in].</param>
    /// <param name="blockSize">Numbers that share a scale.</param>
    /// <returns>[out, blocks, block size], and the scales [out, blocks].</returns>
    public static (byte[] Values, float[] Scales) Quantize(float[] matrix, int blockSize)
    {
        byte[] values = new byte[matrix.Length];
        float[] scales = new float[matrix.Length / blockSize];
        Parallel.For(
            0,
            scales.Length,
            block =>
            {
                var numbers = matrix.AsSpan(block * blockSize, blockSize);
                float magnitude = Math.Abs(TensorPrimitives.MaxMagnitude<float>(numbers));
                // A block of zeros stays zeros under any scale.
                float scale = scales[block] = magnitude > 0 ? magnitude / Largest : 1;
                for (int i = 0; i < blockSize; i++)
                {
                    values[(block * blockSize) + i] = (byte)(MathF.Round(numbers[i] / scale) + Zero);
                }
            }
        );
        return (values, scales);
    }
}
