using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ImageToText.Captioning.Weights;

/// <summary>Reads a tensor's numbers.</summary>
internal static class TensorReader
{
    /// <summary>A floating-point tensor as float32.</summary>
    public static float[] ReadFloats(TensorEntry tensor)
    {
        var floats = new float[tensor.Count];
        using var file = File.OpenRead(tensor.File);
        file.Position = tensor.Offset;
        if (tensor.Type is TensorType.F32)
        {
            file.ReadExactly(MemoryMarshal.AsBytes(floats.AsSpan()));
            return floats;
        }

        var halves = new ushort[tensor.Count];
        file.ReadExactly(MemoryMarshal.AsBytes(halves.AsSpan()));
        switch (tensor.Type)
        {
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<ushort, Half>(halves), floats);
                break;
            case TensorType.BF16:
                // bfloat16 is the upper half of a float32.
                for (var i = 0; i < halves.Length; i++)
                {
                    floats[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(tensor), tensor.Type, "Not floating point.");
        }

        return floats;
    }
}
