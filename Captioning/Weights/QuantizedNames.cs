namespace ImageToText.Captioning.Weights;

/// <summary>The names of a matrix in a quantized checkpoint.</summary>
internal static class QuantizedNames
{
    /// <summary>The eight-bit matrix, [in, out]: the transpose of torch's Linear.</summary>
    public static string Matrix(string weight) => $"{weight}.int8";

    /// <summary>The factor for each output's numbers, float32 [out].</summary>
    public static string Scales(string weight) => $"{weight}.scale";

    /// <summary>The eight-bit matrix in blocks along the inputs, unsigned around 128, [out, blocks, block size].</summary>
    public static string Blocks(string weight) => $"{weight}.blocks";

    /// <summary>The factor for each block's numbers, float32 [out, blocks].</summary>
    public static string BlockScales(string weight) => $"{weight}.block_scale";
}
