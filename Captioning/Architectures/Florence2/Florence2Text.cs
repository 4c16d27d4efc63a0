using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>Florence-2's text half: BART (Lewis et al. 2019), whose encoder reads the picture's tokens before the prompt.</summary>
internal static class Florence2Text
{
    /// <summary>A bias of the logits, in Microsoft's checkpoints.</summary>
    public const string OutputBias = $"{Model}.final_logits_bias";

    private const string Section = "text_config";
    private const string Model = "model.language_model";
    private const string Words = $"{Model}.shared.weight";
    private const string OutputMatrix = "lm_head.weight";
    private const float LayerNormEpsilon = 1e-5f;

    /// <summary>Reads text_config. Missing keys have the reference's defaults.</summary>
    /// <param name="config">The section.</param>
    /// <param name="holds">Whether the checkpoint holds a tensor.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static (PromptReader Reader, CrossDecoder Decoder) Read(ModelJson config, Func<string, bool> holds)
    {
        config.Require("scale_embedding", config.OptionalBool("scale_embedding") ?? false, false);
        config.Require("normalize_before", config.OptionalBool("normalize_before") ?? false, false);
        config.Require("add_final_layer_norm", config.OptionalBool("add_final_layer_norm") ?? false, false);
        int vocabulary = config.OptionalInt("vocab_size", 1) ?? 51289;
        int hidden = config.OptionalInt("d_model", 1) ?? 1024;
        int positions = config.OptionalInt("max_position_embeddings", 2) ?? 1024;
        var activation = config.ReadActivation("activation_function");
        var reader = new PromptReader
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = config.OptionalInt("encoder_ffn_dim", 1) ?? 4096,
            Layers = config.OptionalInt("encoder_layers", 1) ?? 12,
            Heads = config.OptionalInt("encoder_attention_heads", 1) ?? 16,
            MaxPositions = positions,
            LayerNormEpsilon = LayerNormEpsilon,
            Activation = activation,
            Embedding = Embedding($"{Model}.encoder"),
            Layer = static index => BartNaming.EncoderLayer($"{Model}.encoder.layers.{index}"),
        };
        var decoder = new CrossDecoder
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            PictureSize = hidden,
            IntermediateSize = config.OptionalInt("decoder_ffn_dim", 1) ?? 4096,
            Layers = config.OptionalInt("decoder_layers", 1) ?? 12,
            Heads = config.OptionalInt("decoder_attention_heads", 1) ?? 16,
            MaxPositions = positions,
            LayerNormEpsilon = LayerNormEpsilon,
            Activation = activation,
            Embedding = Embedding($"{Model}.decoder"),
            Layer = static index => BartNaming.DecoderLayer($"{Model}.decoder.layers.{index}"),
            Head = new OutputHead
            {
                Output = new LinearLayer(holds(OutputMatrix) ? OutputMatrix : Words, holds(OutputBias) ? OutputBias : null),
            },
        };
        AttentionHeads.Check(Section, "d_model", hidden, reader.Heads);
        AttentionHeads.Check(Section, "d_model", hidden, decoder.Heads);
        return (reader, decoder);
    }

    private static TokenEmbedding Embedding(string name) =>
        new()
        {
            Words = Words,
            Positions = BartNaming.Positions(name),
            Norm = $"{name}.layernorm_embedding",
        };
}
