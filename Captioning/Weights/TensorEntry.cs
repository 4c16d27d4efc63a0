namespace ImageToText.Captioning.Weights;

/// <summary>A number format of a checkpoint's tensors.</summary>
internal enum TensorType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,

    /// <summary>An unsupported format; its numbers count as bytes.</summary>
    Unknown,
}

/// <summary>Where a tensor is stored.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">Its number format.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="File">Real path of the file.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">The number of bytes of its own numbers.</param>
internal sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, string File, long Offset, long Length)
{
    /// <summary>No tensor of a model has more dimensions than this.</summary>
    public const int MaxRank = 8;

    /// <summary>Elements from one index to the next in each dimension; null: the numbers are in row order.</summary>
    public IReadOnlyList<long>? Strides { get; init; }

    /// <summary>What is added to the numbers in the file; null: nothing.</summary>
    public TensorChange? Change { get; init; }

    /// <summary>Whether the bytes in the file, from the first to the last, are the tensor.</summary>
    public bool LiesAsItIs => Strides is null && Change is null;

    /// <summary>Number of elements.</summary>
    public long Count => Length / SizeOf(Type);

    /// <summary>The shape in readable form.</summary>
    public string ShapeText => Describe(Shape);

    /// <summary>A shape in readable form.</summary>
    public static string Describe(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>How many bytes a tensor takes; null if the shape makes no sense or the number would overflow.</summary>
    public static long? BytesOf(TensorType type, IReadOnlyList<long> shape)
    {
        if (shape.Count > MaxRank || shape.Any(static dimension => dimension < 0))
        {
            return null;
        }

        if (shape.Contains(0))
        {
            return 0;
        }

        Int128 bytes = SizeOf(type);
        foreach (long dimension in shape)
        {
            bytes *= dimension;
            if (bytes > long.MaxValue)
            {
                return null;
            }
        }

        return (long)bytes;
    }

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(TensorType type) =>
        type switch
        {
            TensorType.F64 or TensorType.I64 => 8,
            TensorType.F32 or TensorType.I32 => 4,
            TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
            TensorType.I8 or TensorType.U8 or TensorType.Bool or TensorType.Unknown => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
}
