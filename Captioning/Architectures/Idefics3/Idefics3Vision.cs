using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Idefics3;

/// <summary>
/// SmolVLM's vision half: SigLIP's vision transformer, whose neighbouring tokens are merged and projected to the text's width.
/// </summary>
internal static class Idefics3Vision
{
    private const string Section = "vision_config";
    private const string Model = "model.vision_model";

    /// <summary>Reads vision_config. Missing keys have the reference's defaults.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="width">Width of the text's tokens.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static PixelShuffleEncoder Read(ModelJson config, int width)
    {
        var vision = config.ObjectOrEmpty(Section);
        vision.Require("num_channels", vision.OptionalInt("num_channels") ?? 3, 3);
        int size = vision.OptionalInt("image_size", 1) ?? 224;
        var encoder = new PixelShuffleEncoder(
            new VisionTransformer
            {
                ImageHeight = size,
                ImageWidth = size,
                PatchSize = vision.OptionalInt("patch_size", 1) ?? 32,
                HiddenSize = vision.OptionalInt("hidden_size", 1) ?? 1152,
                IntermediateSize = vision.OptionalInt("intermediate_size", 1) ?? 3072,
                Layers = vision.OptionalInt("num_hidden_layers", 1) ?? 12,
                Heads = vision.OptionalInt("num_attention_heads", 1) ?? 16,
                LayerNormEpsilon = (float)(vision.OptionalNumber("layer_norm_eps") ?? 1e-6),
                Activation = vision.ReadActivation("hidden_act", "gelu_pytorch_tanh"),
                Patches = LinearLayer.Named($"{Model}.embeddings.patch_embedding"),
                OwnTokens = [],
                Positions = $"{Model}.embeddings.position_embedding.weight",
                IsFlat = true,
                Layer = static index => ClipNaming.Layer($"{Model}.encoder.layers.{index}"),
                FinalNorm = $"{Model}.post_layernorm",
            },
            config.OptionalInt("scale_factor", 1) ?? 2,
            LinearLayer.Named("model.connector.modality_projection.proj", hasBias: false),
            width
        );
        encoder.Check(Section);
        return encoder;
    }
}
