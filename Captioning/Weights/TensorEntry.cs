namespace ImageToText.Captioning.Weights;

/// <summary>A number format of a checkpoint's tensors.</summary>
internal enum TensorType
{
    F32,
    F16,
    BF16,
    I8,
    U8,
    I64,
}

/// <summary>Where a tensor lies.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">Its number format.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="File">Real path of the safetensors file.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, string File, long Offset, long Length)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>The shape as people write it.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
