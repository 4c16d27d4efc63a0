using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Blip;

/// <summary>BLIP's vision transformer (transformers' BlipVisionModel).</summary>
internal static class BlipVision
{
    private const string Section = "vision_config";

    /// <summary>Reads vision_config.</summary>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static VisionTransformer Read(ModelJson vision)
    {
        const string embeddings = "vision_model.embeddings";
        vision.Require("hidden_act", vision.OptionalText("hidden_act"), "gelu");
        int size = vision.Int("image_size");
        var encoder = new VisionTransformer
        {
            ImageHeight = size,
            ImageWidth = size,
            PatchSize = vision.Int("patch_size"),
            HiddenSize = vision.Int("hidden_size"),
            IntermediateSize = vision.Int("intermediate_size"),
            Layers = vision.Int("num_hidden_layers"),
            Heads = vision.Int("num_attention_heads"),
            LayerNormEpsilon = (float)vision.Number("layer_norm_eps"),
            Patches = LinearLayer.Named($"{embeddings}.patch_embedding"),
            OwnTokens = [$"{embeddings}.class_embedding"],
            Positions = $"{embeddings}.position_embedding",
            Layer = Layer,
            FinalNorm = "vision_model.post_layernorm",
        };
        encoder.Check(Section);
        return encoder;
    }

    /// <summary>Where the numbers of a layer stand.</summary>
    public static VisionTransformerLayer Layer(int index)
    {
        string name = $"vision_model.encoder.layers.{index}";
        return new VisionTransformerLayer
        {
            AttentionNorm = $"{name}.layer_norm1",
            QueryKeyValue = [LinearLayer.Named($"{name}.self_attn.qkv")],
            AttentionOutput = LinearLayer.Named($"{name}.self_attn.projection"),
            FeedForwardNorm = $"{name}.layer_norm2",
            FeedForward = new FeedForward(LinearLayer.Named($"{name}.mlp.fc1"), LinearLayer.Named($"{name}.mlp.fc2")),
        };
    }
}
