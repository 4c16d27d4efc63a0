namespace ImageToText.Captioning.Layers;

/// <summary>Where the layers of CLIP's and SigLIP's vision transformers stand in the checkpoints of every family that has them.</summary>
internal static class ClipNaming
{
    /// <summary>A layer.</summary>
    /// <param name="name">The name of the layer: all its tensors start so.</param>
    public static VisionTransformerLayer Layer(string name) =>
        new()
        {
            AttentionNorm = $"{name}.layer_norm1",
            QueryKeyValue =
            [
                LinearLayer.Named($"{name}.self_attn.q_proj"),
                LinearLayer.Named($"{name}.self_attn.k_proj"),
                LinearLayer.Named($"{name}.self_attn.v_proj"),
            ],
            AttentionOutput = LinearLayer.Named($"{name}.self_attn.out_proj"),
            FeedForwardNorm = $"{name}.layer_norm2",
            FeedForward = new FeedForward(LinearLayer.Named($"{name}.mlp.fc1"), LinearLayer.Named($"{name}.mlp.fc2")),
        };
}
