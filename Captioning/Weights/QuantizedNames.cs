namespace ImageToText.Captioning.Weights;

/// <summary>Names under which a matrix stands in a quantized checkpoint.</summary>
internal static class QuantizedNames
{
    /// <summary>The eight-bit matrix, [in, out]: transposed against torch's Linear.</summary>
    public static string Matrix(string weight) => $"{weight}.int8";

    /// <summary>What each output's numbers are multiplied by, float32 [out].</summary>
    public static string Scales(string weight) => $"{weight}.scale";

    /// <summary>The eight-bit matrix in blocks along the inputs, unsigned around 128, [out, blocks, block size].</summary>
    public static string Blocks(string weight) => $"{weight}.blocks";

    /// <summary>What each block's numbers are multiplied by, float32 [out, blocks].</summary>
    public static string BlockScales(string weight) => $"{weight}.block_scale";
}
