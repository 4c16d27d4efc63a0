using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Layers;

/// <summary>What a model's graphs do with a tensor of its checkpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The shape that they require.</param>
internal sealed record TensorUse(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Whether its original numbers are read.</summary>
    public bool IsRead { get; init; }

    /// <summary>If it is a matrix in a product: its possible eight-bit form.</summary>
    public EightBitForm? Product { get; init; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, static (product, dimension) => product * dimension);

    /// <summary>Its eight-bit form.</summary>
    public EightBitForm EightBits => Product is { } form ? form with { KeepsOriginal = IsRead } : EightBitForm.AsIs;

    /// <summary>Bytes that it takes in a number format. In eight bits, whatever stays unchanged counts as float32.</summary>
    public long BytesIn(Precision precision) =>
        precision switch
        {
            Precision.Int8 => QuantizedCheckpoint.SizeOf(Shape, EightBits),
            Precision.F16 => 2 * Count,
            _ => sizeof(float) * Count,
        };
}
