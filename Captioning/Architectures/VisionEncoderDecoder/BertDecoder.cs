using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.VisionEncoderDecoder;

/// <summary>BERT with cross-attention (transformers' BertLMHeadModel).</summary>
internal static class BertDecoder
{
    private const string Section = "decoder";
    private const string Bert = $"{Section}.bert";

    /// <summary>Reads the decoder's section. Missing keys have the reference's defaults.</summary>
    /// <param name="config">The section.</param>
    /// <param name="holds">
    /// Whether the checkpoint holds a tensor. This decides whether the output matrix is the word embeddings.
    /// </param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static CrossDecoder Read(ModelJson config, Func<string, bool> holds)
    {
        const string embeddings = $"{Bert}.embeddings";
        config.Require("position_embedding_type", config.OptionalText("position_embedding_type"), "absolute");
        int hidden = config.OptionalInt("hidden_size", 1) ?? 768;
        var embedding = BertNaming.Embedding(embeddings) with
        {
            TokenTypes = $"{embeddings}.token_type_embeddings.weight",
            TokenTypeCount = config.OptionalInt("type_vocab_size", 1) ?? 2,
        };
        var decoder = new CrossDecoder
        {
            VocabularySize = config.OptionalInt("vocab_size", 1) ?? 30522,
            HiddenSize = hidden,
            PictureSize = hidden,
            IntermediateSize = config.OptionalInt("intermediate_size", 1) ?? 3072,
            Layers = config.OptionalInt("num_hidden_layers", 1) ?? 12,
            Heads = config.OptionalInt("num_attention_heads", 1) ?? 12,
            MaxPositions = config.OptionalInt("max_position_embeddings", 2) ?? 512,
            LayerNormEpsilon = (float)(config.OptionalNumber("layer_norm_eps") ?? 1e-12),
            Activation = config.ReadActivation("hidden_act"),
            Embedding = embedding,
            Layer = static index => BertNaming.Layer($"{Bert}.encoder.layer.{index}"),
            Head = BertNaming.Head($"{Section}.cls.predictions", embedding.Words, holds),
        };
        AttentionHeads.Check(Section, "hidden_size", hidden, decoder.Heads);
        return decoder;
    }
}
