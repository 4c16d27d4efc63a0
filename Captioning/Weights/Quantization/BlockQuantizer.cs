using System.Numerics.Tensors;

namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>
/// Rounds a matrix to eight bits in short blocks along the inputs, each with its own scale, in the layout of ONNX Runtime's
/// MatMulNBits: unsigned around 128.
/// </summary>
internal static class BlockQuantizer
{
    private const int Zero = 128;
    private const float Largest = 127;

    /// <summary>Quantizes a matrix whose row length is a multiple of <paramref name="blockSize"/>.</summary>
    /// <param name="matrix">[out, in].</param>
    /// <param name="blockSize">How many numbers share a scale.</param>
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
                // A block of zeros stays zeros with any scale.
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
