using ImageToText.Captioning.Architectures.Blip;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Blip2;

/// <summary>BLIP-2's vision transformer: BLIP's, larger.</summary>
internal static class Blip2Vision
{
    private const string Section = "vision_config";
    private const string Embeddings = "vision_model.embeddings";

    /// <summary>Reads vision_config. Missing keys have the reference's defaults.</summary>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static VisionTransformer Read(ModelJson vision)
    {
        vision.Require("qkv_bias", vision.OptionalBool("qkv_bias") ?? true, true);
        int size = vision.OptionalInt("image_size", 1) ?? 224;
        var encoder = new VisionTransformer
        {
            ImageHeight = size,
            ImageWidth = size,
            PatchSize = vision.OptionalInt("patch_size", 1) ?? 14,
            HiddenSize = vision.OptionalInt("hidden_size", 1) ?? 1408,
            IntermediateSize = vision.OptionalInt("intermediate_size", 1) ?? 6144,
            Layers = vision.OptionalInt("num_hidden_layers", 1) ?? 39,
            Heads = vision.OptionalInt("num_attention_heads", 1) ?? 16,
            LayerNormEpsilon = (float)(vision.OptionalNumber("layer_norm_eps") ?? 1e-6),
            Activation = vision.ReadActivation("hidden_act"),
            Patches = LinearLayer.Named($"{Embeddings}.patch_embedding"),
            OwnTokens = [$"{Embeddings}.class_embedding"],
            Positions = $"{Embeddings}.position_embedding",
            Layer = BlipVision.Layer,
            FinalNorm = "vision_model.post_layernorm",
        };
        encoder.Check(Section);
        return encoder;
    }
}
