using ImageToText.Captioning.Weights;
namespace ImageToText.Captioning.Models;

/// <summary>BLIP's text decoder, as config.json's text_config describes it (transformers' BlipTextConfig).</summary>
internal sealed record TextDecoderConfig
{
    /// <summary>Number of ids, the start id included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of a token's state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the picture's tokens.</summary>
    public required int EncoderHiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of each layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Longest sequence, start id and prompt included.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Epsilon of the layer normalizations.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>[DEC], with which every caption starts (bos_token_id).</summary>
    public required int StartId { get; init; }

    /// <summary>[SEP], which closes a caption: the declared eos id is never produced.</summary>
    public required int EndId { get; init; }

    /// <summary>Whether the output matrix is the word embeddings; separate: text_decoder.cls.predictions.decoder.weight.</summary>
    public required bool OutputMatrixTied { get; init; }

    /// <summary>Width of one head.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>Reads text_config.</summary>
    /// <param name="text">The section.</param>
    /// <param name="checkpoint">Decides whether the output matrix is tied.</param>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static TextDecoderConfig Read(ModelJson text, Checkpoint checkpoint)
    {
        text.Require("hidden_act", text.OptionalText("hidden_act"), "gelu");
        var config = new TextDecoderConfig
        {
            VocabularySize = text.Int("vocab_size"),
            HiddenSize = text.Int("hidden_size"),
            EncoderHiddenSize = text.Int("encoder_hidden_size"),
            IntermediateSize = text.Int("intermediate_size"),
            Layers = text.Int("num_hidden_layers"),
            Heads = text.Int("num_attention_heads"),
            MaxPositions = text.Int("max_position_embeddings", 2),
            LayerNormEpsilon = (float)text.Number("layer_norm_eps"),
            StartId = text.Int("bos_token_id", 0),
            EndId = text.Int("sep_token_id", 0),
            OutputMatrixTied = !checkpoint.Contains(TextDecoderNames.OutputMatrix),
        };
        AttentionHeads.Check("text_config", config.HiddenSize, config.Heads);
        if (config.StartId >= config.VocabularySize || config.EndId >= config.VocabularySize)
        {
            throw new ModelFormatException(
                $"config.json: text_config has {config.VocabularySize} ids, but bos_token_id {config.StartId} and sep_token_id {config.EndId}.");
        }

        return config;
    }
}

/// <summary>Names of the text decoder's tensors in BLIP checkpoints.</summary>
internal static class TextDecoderNames
{
    /// <summary>[vocabulary, hidden].</summary>
    public const string WordEmbeddings = "text_decoder.bert.embeddings.word_embeddings.weight";

    /// <summary>[positions, hidden].</summary>
    public const string PositionEmbeddings = "text_decoder.bert.embeddings.position_embeddings.weight";

    /// <summary>Layer normalization after the embeddings, without ".weight" and ".bias".</summary>
    public const string EmbeddingNorm = "text_decoder.bert.embeddings.LayerNorm";

    /// <summary>Dense layer before the output matrix.</summary>
    public const string TransformDense = "text_decoder.cls.predictions.transform.dense";

    /// <summary>Layer normalization before the output matrix.</summary>
    public const string TransformNorm = "text_decoder.cls.predictions.transform.LayerNorm";

    /// <summary>[vocabulary, hidden]; absent where it is the word embeddings.</summary>
    public const string OutputMatrix = "text_decoder.cls.predictions.decoder.weight";

    /// <summary>[vocabulary].</summary>
    public const string OutputBias = "text_decoder.cls.predictions.bias";

    /// <summary>Everything of one layer starts so.</summary>
    public static string Layer(int layer) => $"text_decoder.bert.encoder.layer.{layer}";
}

/// <summary>What every attention layer must satisfy.</summary>
internal static class AttentionHeads
{
    /// <summary>Refuses a width that the heads do not divide.</summary>
    /// <exception cref="ModelFormatException">They do not.</exception>
    public static void Check(string section, int hidden, int heads)
    {
        if (hidden % heads != 0 || hidden / heads % 8 != 0)
        {
            throw new ModelFormatException(
                $"config.json: {section} divides hidden_size {hidden} among {heads} heads; a head size that is a multiple of 8 is supported.");
        }
    }
}
