namespace ImageToText.Captioning.Weights.Torch;

/// <summary>Numbers that a PyTorch file's tensors refer to.</summary>
/// <param name="Type">Their format.</param>
/// <param name="Key">The name of the archive entry that contains them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record TorchStorage(TensorType Type, string Key, long Count);

/// <summary>A tensor as described by a PyTorch file's pickle; nothing is checked yet.</summary>
/// <param name="Storage">The numbers.</param>
/// <param name="Offset">The position of its first number in the storage.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Strides">Numbers from one index to the next, for each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);
