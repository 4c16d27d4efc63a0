using System.Numerics.Tensors;

namespace ImageToText.Captioning.Weights.Adapters;

/// <summary>Adds to a matrix the product of two small ones.</summary>
/// <param name="left">[rank, in], or transposed.</param>
/// <param name="right">[out, rank], or transposed.</param>
/// <param name="scale">The factor for the product.</param>
/// <param name="inputsFirst">The matrix is [in, out]; otherwise [out, in].</param>
internal sealed class LoraChange(TensorEntry left, TensorEntry right, double scale, bool inputsFirst) : TensorChange
{
    /// <inheritdoc/>
    public override void Apply(float[] values, TensorEntry tensor)
    {
        int rank = (int)left.Shape[0];
        int inputs = (int)(left.Count / rank);
        int outputs = (int)(right.Count / rank);
        // B is [out, rank] and A is [rank, in]. For a matrix [in, out], both are transposed and swapped.
        var (b, a) = (TensorReader.ReadFloats(right), TensorReader.ReadFloats(left));
        var (rows, columns) = inputsFirst ? (inputs, outputs) : (outputs, inputs);
        float[] first = inputsFirst ? Turned(a, rank, inputs) : b;
        float[] second = inputsFirst ? Turned(b, outputs, rank) : a;
        Parallel.For(
            0,
            rows,
            row =>
            {
                float[] sum = new float[columns];
                for (int i = 0; i < rank; i++)
                {
                    TensorPrimitives.MultiplyAdd(second.AsSpan(i * columns, columns), first[(row * rank) + i], sum, sum);
                }

                var changed = values.AsSpan(row * columns, columns);
                TensorPrimitives.MultiplyAdd(sum, (float)scale, changed, changed);
            }
        );
    }

    private static float[] Turned(float[] matrix, int rows, int columns)
    {
        float[] turned = new float[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                turned[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }

        return turned;
    }
}
