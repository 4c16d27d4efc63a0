using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.VisionEncoderDecoder;

/// <summary>ViT, and DeiT, which has a second token (transformers' ViTModel and DeiTModel).</summary>
internal static class VitEncoder
{
    private const string Section = "encoder";
    private const string Embeddings = $"{Section}.embeddings";

    /// <summary>Reads the encoder's section. Missing keys have the reference's defaults.</summary>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static VisionTransformer Read(ModelJson config)
    {
        string? type = config.OptionalText("model_type");
        if (type is not ("vit" or "deit"))
        {
            throw new ModelFormatException(
                $"config.json: {Section}: model_type \"{type}\" is not supported; vit and deit are, "
                    + "such as in microsoft/trocr-base-printed."
            );
        }

        config.Require("num_channels", config.OptionalInt("num_channels") ?? 3, 3);
        var size = config.OptionalSize("image_size") ?? (224, 224);
        var patch = config.OptionalSize("patch_size") ?? (16, 16);
        config.Require("patch_size's width", patch.Width, patch.Height);
        bool hasBias = config.OptionalBool("qkv_bias") ?? true;
        var encoder = new VisionTransformer
        {
            ImageHeight = size.Height,
            ImageWidth = size.Width,
            PatchSize = patch.Height,
            HiddenSize = config.OptionalInt("hidden_size", 1) ?? 768,
            IntermediateSize = config.OptionalInt("intermediate_size", 1) ?? 3072,
            Layers = config.OptionalInt("num_hidden_layers", 1) ?? 12,
            Heads = config.OptionalInt("num_attention_heads", 1) ?? 12,
            LayerNormEpsilon = (float)(config.OptionalNumber("layer_norm_eps") ?? 1e-12),
            Activation = config.ReadActivation("hidden_act"),
            Patches = LinearLayer.Named($"{Embeddings}.patch_embeddings.projection"),
            OwnTokens = type == "deit" ? [$"{Embeddings}.cls_token", $"{Embeddings}.distillation_token"] : [$"{Embeddings}.cls_token"],
            Positions = $"{Embeddings}.position_embeddings",
            Layer = index => Layer(index, hasBias),
            FinalNorm = $"{Section}.layernorm",
        };
        encoder.Check(Section);
        return encoder;
    }

    private static VisionTransformerLayer Layer(int index, bool hasBias)
    {
        string name = $"{Section}.encoder.layer.{index}";
        return new VisionTransformerLayer
        {
            AttentionNorm = $"{name}.layernorm_before",
            QueryKeyValue =
            [
                LinearLayer.Named($"{name}.attention.attention.query", hasBias),
                LinearLayer.Named($"{name}.attention.attention.key", hasBias),
                LinearLayer.Named($"{name}.attention.attention.value", hasBias),
            ],
            AttentionOutput = LinearLayer.Named($"{name}.attention.output.dense"),
            FeedForwardNorm = $"{name}.layernorm_after",
            FeedForward = new FeedForward(LinearLayer.Named($"{name}.intermediate.dense"), LinearLayer.Named($"{name}.output.dense")),
        };
    }
}
