using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ImageToText.Captioning.Weights;

/// <summary>Reads a tensor's numbers in row order, wherever and however they are stored.</summary>
internal static class TensorReader
{
    /// <summary>Reads a floating-point tensor as float32, with its change.</summary>
    public static float[] ReadFloats(TensorEntry tensor)
    {
        float[] floats = ReadUnchanged(tensor);
        tensor.Change?.Apply(floats, tensor);
        return floats;
    }

    /// <summary>Reads the tensor's bytes in its own number format, in row order, with its change.</summary>
    public static byte[] ReadBytes(TensorEntry tensor)
    {
        if (tensor.Change is null)
        {
            return ReadRows(tensor);
        }

        float[] floats = ReadFloats(tensor);
        switch (tensor.Type)
        {
            case TensorType.F32:
                return MemoryMarshal.AsBytes(floats.AsSpan()).ToArray();
            case TensorType.F16:
                var halves = new Half[floats.Length];
                TensorPrimitives.ConvertToHalf(floats, halves);
                return MemoryMarshal.AsBytes(halves.AsSpan()).ToArray();
            default:
                return MemoryMarshal.AsBytes(Array.ConvertAll(floats, ToBrainFloat).AsSpan()).ToArray();
        }
    }

    private static float[] ReadUnchanged(TensorEntry tensor)
    {
        float[] floats = new float[tensor.Count];
        if (tensor.Type is TensorType.F32)
        {
            ReadRows(tensor, MemoryMarshal.AsBytes(floats.AsSpan()));
            return floats;
        }

        ushort[] halves = new ushort[tensor.Count];
        switch (tensor.Type)
        {
            case TensorType.F16:
                ReadRows(tensor, MemoryMarshal.AsBytes(halves.AsSpan()));
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<ushort, Half>(halves), floats);
                break;
            case TensorType.BF16:
                ReadRows(tensor, MemoryMarshal.AsBytes(halves.AsSpan()));
                // bfloat16 is the upper half of a float32.
                for (int i = 0; i < halves.Length; i++)
                {
                    floats[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(tensor), tensor.Type, "Not floating point.");
        }

        return floats;
    }

    private static byte[] ReadRows(TensorEntry tensor)
    {
        byte[] bytes = new byte[tensor.Length];
        ReadRows(tensor, bytes);
        return bytes;
    }

    private static void ReadRows(TensorEntry tensor, Span<byte> rows)
    {
        using var file = File.OpenRead(tensor.File);
        file.Position = tensor.Offset;
        if (tensor.Strides is not { } strides)
        {
            file.ReadExactly(rows);
            return;
        }

        // A view of its storage: read from its first number to its last, and put into the tensor's order from there.
        int size = TensorEntry.SizeOf(tensor.Type);
        long last = tensor.Shape.Zip(strides).Sum(static side => (side.First - 1) * side.Second);
        byte[] stored = new byte[(last + 1) * size];
        file.ReadExactly(stored);
        Span<long> index = stackalloc long[tensor.Shape.Count];
        for (int at = 0; at < rows.Length; at += size)
        {
            long from = 0L;
            for (int i = 0; i < index.Length; i++)
            {
                from += index[i] * strides[i];
            }

            stored.AsSpan((int)from * size, size).CopyTo(rows[at..]);
            for (int i = index.Length - 1; i >= 0 && ++index[i] == tensor.Shape[i]; i--)
            {
                index[i] = 0;
            }
        }
    }

    // Rounds to the nearest, and on a tie to even.
    private static ushort ToBrainFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
