namespace ImageToText.Captioning.Layers;

/// <summary>Where the checkpoints of every family with BART's layers have them.</summary>
internal static class BartNaming
{
    // The rows of the learned positions before the first one, as in fairseq.
    private const int PositionOffset = 2;

    /// <summary>The table of learned positions.</summary>
    /// <param name="name">The name of the encoder or decoder.</param>
    public static LearnedPositions Positions(string name) => new($"{name}.embed_positions.weight", PositionOffset);

    /// <summary>A decoder's layer, with cross-attention.</summary>
    /// <param name="name">The layer's name, with which all its tensors' names begin.</param>
    public static CrossDecoderLayer DecoderLayer(string name) =>
        new()
        {
            SelfQueryKeyValue = SelfQueryKeyValue(name),
            SelfOutput = LinearLayer.Named($"{name}.self_attn.out_proj"),
            SelfNorm = $"{name}.self_attn_layer_norm",
            CrossQuery = LinearLayer.Named($"{name}.encoder_attn.q_proj"),
            CrossKeyValue = [LinearLayer.Named($"{name}.encoder_attn.k_proj"), LinearLayer.Named($"{name}.encoder_attn.v_proj")],
            CrossOutput = LinearLayer.Named($"{name}.encoder_attn.out_proj"),
            CrossNorm = $"{name}.encoder_attn_layer_norm",
            FeedForwardIn = LinearLayer.Named($"{name}.fc1"),
            FeedForwardOut = LinearLayer.Named($"{name}.fc2"),
            FeedForwardNorm = $"{name}.final_layer_norm",
        };

    /// <summary>An encoder's layer.</summary>
    /// <param name="name">The layer's name, with which all its tensors' names begin.</param>
    public static PromptReaderLayer EncoderLayer(string name) =>
        new()
        {
            QueryKeyValue = SelfQueryKeyValue(name),
            AttentionOutput = LinearLayer.Named($"{name}.self_attn.out_proj"),
            AttentionNorm = $"{name}.self_attn_layer_norm",
            FeedForward = new FeedForward(LinearLayer.Named($"{name}.fc1"), LinearLayer.Named($"{name}.fc2")),
            FeedForwardNorm = $"{name}.final_layer_norm",
        };

    private static LinearLayer[] SelfQueryKeyValue(string name) =>
        [
            LinearLayer.Named($"{name}.self_attn.q_proj"),
            LinearLayer.Named($"{name}.self_attn.k_proj"),
            LinearLayer.Named($"{name}.self_attn.v_proj"),
        ];
}
