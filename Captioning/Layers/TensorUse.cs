using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Layers;

/// <summary>What a model's graphs do with a tensor of its checkpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The shape that they call for.</param>
internal sealed record TensorUse(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Whether its own numbers are read.</summary>
    public bool IsRead { get; init; }

    /// <summary>As a matrix that others are multiplied by, how it may stand in eight bits.</summary>
    public EightBitForm? Product { get; init; }

    /// <summary>How it stands in eight bits.</summary>
    public EightBitForm EightBits => Product is { } form ? form with { KeepsOriginal = IsRead } : EightBitForm.AsIs;
}
