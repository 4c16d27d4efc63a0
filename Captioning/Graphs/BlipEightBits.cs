using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Graphs;

/// <summary>Which of a BLIP checkpoint's matrices stand in eight bits, and how.</summary>
internal static class BlipEightBits
{
    /// <summary>The rule for a model.</summary>
    public static EightBitRule RuleOf(TextDecoderConfig text)
    {
        var outputMatrix = text.OutputMatrixTied ? TextDecoderNames.WordEmbeddings : TextDecoderNames.OutputMatrix;
        return tensor => FormOf(tensor, outputMatrix);
    }

    private static EightBitForm FormOf(TensorEntry tensor, string outputMatrix)
    {
        // Embeddings are looked up, not multiplied: they stay as they are, also where they serve as output matrix.
        var isEmbedding = tensor.Name.EndsWith("_embeddings.weight", StringComparison.Ordinal);
        if (tensor.Name == outputMatrix)
        {
            return EightBitForm.FineBlocks with { KeepsOriginal = isEmbedding };
        }

        return isEmbedding || !IsLinear(tensor) ? EightBitForm.AsIs
            : IsOfPicture(tensor) ? EightBitForm.PerOutput
            : EightBitForm.Blocks;
    }

    // What multiplies the tokens of one picture takes one scale for all of them; what multiplies rows of different
    // requests takes scales of each row's own.
    private static bool IsOfPicture(TensorEntry tensor) =>
        !tensor.Name.StartsWith("text_decoder.", StringComparison.Ordinal)
        || tensor.Name.EndsWith(".crossattention.self.key.weight", StringComparison.Ordinal)
        || tensor.Name.EndsWith(".crossattention.self.value.weight", StringComparison.Ordinal);

    // The layer before the output matrix is small, and what it gets wrong no later layer mends: it stays as it is.
    private static bool IsLinear(TensorEntry tensor) =>
        tensor.Shape.Count == 2
        && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)
        && tensor.Name != $"{TextDecoderNames.TransformDense}.weight";
}
