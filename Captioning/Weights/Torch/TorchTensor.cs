namespace ImageToText.Captioning.Weights.Torch;

/// <summary>Numbers that tensors of a PyTorch file look at.</summary>
/// <param name="Type">Their format.</param>
/// <param name="Key">The name of the archive's entry that holds them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record TorchStorage(TensorType Type, string Key, long Count);

/// <summary>A tensor as a PyTorch file's pickle describes it; nothing of it is checked yet.</summary>
/// <param name="Storage">The numbers.</param>
/// <param name="Offset">The first one's place among them.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Strides">Numbers from one index to the next, for each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);
