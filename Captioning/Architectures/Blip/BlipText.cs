using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Blip;

/// <summary>BLIP's text decoder (transformers' BlipTextLMHeadModel): BERT with cross-attention, without token types.</summary>
internal static class BlipText
{
    private const string Section = "text_config";
    private const string Bert = "text_decoder.bert";

    /// <summary>Reads text_config.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="vision">What the decoder attends to.</param>
    /// <param name="holds">Whether the checkpoint holds a tensor; tells whether the output matrix is the word embeddings.</param>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static CrossDecoder Read(ModelJson config, IVisionEncoder vision, Func<string, bool> holds)
    {
        var text = config.Object(Section);
        text.Require("hidden_act", text.OptionalText("hidden_act"), "gelu");
        var embedding = BertNaming.Embedding($"{Bert}.embeddings");
        var decoder = new CrossDecoder
        {
            VocabularySize = text.Int("vocab_size"),
            HiddenSize = text.Int("hidden_size"),
            PictureSize = text.Int("encoder_hidden_size"),
            IntermediateSize = text.Int("intermediate_size"),
            Layers = text.Int("num_hidden_layers"),
            Heads = text.Int("num_attention_heads"),
            MaxPositions = text.Int("max_position_embeddings", 2),
            LayerNormEpsilon = (float)text.Number("layer_norm_eps"),
            Embedding = embedding,
            Layer = static index => BertNaming.Layer($"{Bert}.encoder.layer.{index}"),
            Head = BertNaming.Head("text_decoder.cls.predictions", embedding.Words, holds),
        };
        AttentionHeads.Check(Section, "hidden_size", decoder.HiddenSize, decoder.Heads);
        if (vision.OutputSize != decoder.PictureSize)
        {
            throw new ModelFormatException(
                $"config.json: the picture's tokens are {vision.OutputSize} wide, but {Section}'s encoder_hidden_size is "
                    + $"{decoder.PictureSize}."
            );
        }

        CheckIds(decoder.VocabularySize, StartId(config), EndId(config));
        return decoder;
    }

    /// <summary>[DEC], with which every caption starts (bos_token_id).</summary>
    public static int StartId(ModelJson config) => config.Object(Section).Int("bos_token_id", 0);

    /// <summary>[SEP], which ends a caption: the declared eos id is never produced.</summary>
    public static int EndId(ModelJson config) => config.Object(Section).Int("sep_token_id", 0);

    private static void CheckIds(int vocabulary, int start, int end)
    {
        if (start >= vocabulary || end >= vocabulary)
        {
            throw new ModelFormatException(
                $"config.json: {Section} has {vocabulary} ids, but bos_token_id {start} and sep_token_id {end}."
            );
        }
    }
}
