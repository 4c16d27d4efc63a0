using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Git;

/// <summary>
/// GIT's language model: BERT's layers. Text attends to the picture and to earlier text; the picture attends to itself.
/// </summary>
internal static class GitText
{
    private const string Embeddings = "git.embeddings";
    private const string Words = $"{Embeddings}.word_embeddings.weight";

    /// <summary>Reads config.json. Missing keys have the reference's defaults.</summary>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static PrefixDecoder Read(ModelJson config)
    {
        config.Require("position_embedding_type", config.OptionalText("position_embedding_type") ?? "absolute", "absolute");
        int hidden = config.OptionalInt("hidden_size", 1) ?? 768;
        int heads = config.OptionalInt("num_attention_heads", 1) ?? 12;
        AttentionHeads.Check("GIT", "hidden_size", hidden, heads);
        return new PrefixDecoder
        {
            VocabularySize = config.OptionalInt("vocab_size", 1) ?? 30522,
            HiddenSize = hidden,
            IntermediateSize = config.OptionalInt("intermediate_size", 1) ?? 3072,
            Layers = config.OptionalInt("num_hidden_layers", 1) ?? 6,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / heads,
            MaxPositions = config.OptionalInt("max_position_embeddings", 2) ?? 1024,
            NormEpsilon = (float)(config.OptionalNumber("layer_norm_eps") ?? 1e-12),
            Activation = config.ReadActivation("hidden_act"),
            Words = Words,
            Positions = new LearnedPositions($"{Embeddings}.position_embeddings.weight"),
            EmbeddingNorm = $"{Embeddings}.LayerNorm",
            Layer = Layer,
            Output = config.OptionalBool("tie_word_embeddings") is true
                ? new LinearLayer(Words, "output.bias")
                : LinearLayer.Named("output"),
            PrefixSeesItself = true,
            PrefixTakesPositions = false,
        };
    }

    private static PrefixDecoderLayer Layer(int index)
    {
        string name = $"git.encoder.layer.{index}";
        return new PrefixDecoderLayer
        {
            Query = LinearLayer.Named($"{name}.attention.self.query"),
            KeyValue = [LinearLayer.Named($"{name}.attention.self.key"), LinearLayer.Named($"{name}.attention.self.value")],
            AttentionOutput = LinearLayer.Named($"{name}.attention.output.dense"),
            AttentionNorm = $"{name}.attention.output.LayerNorm",
            FeedForwardIn = LinearLayer.Named($"{name}.intermediate.dense"),
            FeedForwardOut = LinearLayer.Named($"{name}.output.dense"),
            FeedForwardNorm = $"{name}.output.LayerNorm",
        };
    }
}
