using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Git;

/// <summary>
/// GIT's vision half (transformers' GitVisionModel): CLIP's vision transformer, and a layer that projects its output to the text's width.
/// </summary>
internal static class GitVision
{
    private const string Section = "vision_config";
    private const string Model = "git.image_encoder.vision_model";
    private const string Projection = "git.visual_projection.visual_projection";

    /// <summary>Reads vision_config. Missing keys have the reference's defaults.</summary>
    /// <param name="config">The section.</param>
    /// <param name="width">Width of the text's tokens.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static IVisionEncoder Read(ModelJson config, int width)
    {
        config.Require("num_channels", config.OptionalInt("num_channels") ?? 3, 3);
        int size = config.OptionalInt("image_size", 1) ?? 224;
        var encoder = new VisionTransformer
        {
            ImageHeight = size,
            ImageWidth = size,
            PatchSize = config.OptionalInt("patch_size", 1) ?? 16,
            HiddenSize = config.OptionalInt("hidden_size", 1) ?? 768,
            IntermediateSize = config.OptionalInt("intermediate_size", 1) ?? 3072,
            Layers = config.OptionalInt("num_hidden_layers", 1) ?? 12,
            Heads = config.OptionalInt("num_attention_heads", 1) ?? 12,
            LayerNormEpsilon = (float)(config.OptionalNumber("layer_norm_eps") ?? 1e-5),
            Activation = config.ReadActivation("hidden_act", "quick_gelu"),
            Patches = LinearLayer.Named($"{Model}.embeddings.patch_embedding", hasBias: false),
            OwnTokens = [$"{Model}.embeddings.class_embedding"],
            Positions = $"{Model}.embeddings.position_embedding.weight",
            IsFlat = true,
            // The reference spells it this way.
            FirstNorm = $"{Model}.pre_layrnorm",
            Layer = static index => ClipNaming.Layer($"{Model}.encoder.layers.{index}"),
            FinalNorm = $"{Model}.post_layernorm",
        };
        encoder.Check(Section);
        return new ProjectedEncoder(encoder, LinearLayer.Named($"{Projection}.0"), width)
        {
            Norm = $"{Projection}.1",
            NormEpsilon = encoder.LayerNormEpsilon,
        };
    }
}
