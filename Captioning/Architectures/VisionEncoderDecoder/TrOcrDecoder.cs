using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.VisionEncoderDecoder;

/// <summary>
/// TrOCR's decoder (Li et al. 2021; transformers' TrOCRForCausalLM) in two variants: like RoBERTa's, and like MiniLM's with sinusoidal
/// positions.
/// </summary>
internal static class TrOcrDecoder
{
    private const string Section = "decoder";
    private const string Decoder = $"{Section}.model.decoder";
    private const string Words = $"{Decoder}.embed_tokens.weight";
    private const string OutputMatrix = $"{Section}.output_projection.weight";

    /// <summary>Reads the decoder's section. Missing keys have the reference's defaults.</summary>
    /// <param name="config">The section.</param>
    /// <param name="holds">
    /// Whether the checkpoint holds a tensor. This decides whether the output matrix is the word embeddings.
    /// </param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static CrossDecoder Read(ModelJson config, Func<string, bool> holds)
    {
        int hidden = config.OptionalInt("d_model", 1) ?? 1024;
        bool learned = config.OptionalBool("use_learned_position_embeddings") ?? true;
        var decoder = new CrossDecoder
        {
            VocabularySize = config.OptionalInt("vocab_size", 1) ?? 50265,
            HiddenSize = hidden,
            PictureSize = config.OptionalInt("cross_attention_hidden_size", 1) ?? hidden,
            IntermediateSize = config.OptionalInt("decoder_ffn_dim", 1) ?? 4096,
            Layers = config.OptionalInt("decoder_layers", 1) ?? 12,
            Heads = config.OptionalInt("decoder_attention_heads", 1) ?? 16,
            MaxPositions = config.OptionalInt("max_position_embeddings", 2) ?? 512,
            LayerNormEpsilon = 1e-5f,
            Activation = config.ReadActivation("activation_function"),
            Embedding = new TokenEmbedding
            {
                Words = Words,
                Scale = config.OptionalBool("scale_embedding") is true ? MathF.Sqrt(hidden) : 1,
                Positions = learned ? BartNaming.Positions(Decoder) : new SinusoidalPositions(config.OptionalInt("pad_token_id") ?? 1),
                Norm = config.OptionalBool("layernorm_embedding") ?? true ? $"{Decoder}.layernorm_embedding" : null,
            },
            Layer = static index => BartNaming.DecoderLayer($"{Decoder}.layers.{index}"),
            Head = new OutputHead { Output = new LinearLayer(holds(OutputMatrix) ? OutputMatrix : Words, Bias: null) },
        };
        AttentionHeads.Check(Section, "d_model", hidden, decoder.Heads);
        return decoder;
    }
}
