using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Idefics3;

/// <summary>SmolVLM's language model: a Llama.</summary>
internal static class Idefics3Text
{
    private const string Section = "text_config";
    private const string Model = "model.text_model";
    private const string Words = $"{Model}.embed_tokens.weight";

    /// <summary>Reads text_config. Missing keys have the reference's defaults.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="holds">Whether the checkpoint holds a tensor; tells whether the output matrix is the word embeddings.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static PrefixDecoder Read(ModelJson config, Func<string, bool>? holds)
    {
        var text = config.Object(Section);
        text.Require("model_type", text.OptionalText("model_type") ?? "llama", "llama");
        text.Require("attention_bias", text.OptionalBool("attention_bias") ?? false, false);
        text.Require("mlp_bias", text.OptionalBool("mlp_bias") ?? false, false);
        int hidden = text.OptionalInt("hidden_size", 1) ?? 4096;
        int heads = text.OptionalInt("num_attention_heads", 1) ?? 32;
        int positions = text.OptionalInt("max_position_embeddings", 2) ?? 2048;
        int headSize = text.OptionalInt("head_dim", 1) ?? (hidden / heads);
        bool isTied = config.OptionalBool("tie_word_embeddings") ?? text.OptionalBool("tie_word_embeddings") ?? false;
        var decoder = new PrefixDecoder
        {
            VocabularySize = text.OptionalInt("vocab_size", 1) ?? 32000,
            HiddenSize = hidden,
            IntermediateSize = text.OptionalInt("intermediate_size", 1) ?? 11008,
            Layers = text.OptionalInt("num_hidden_layers", 1) ?? 32,
            Heads = heads,
            KeyValueHeads = text.OptionalInt("num_key_value_heads", 1) ?? heads,
            HeadSize = headSize,
            MaxPositions = positions,
            NormEpsilon = (float)(text.OptionalNumber("rms_norm_eps") ?? 1e-6),
            RootMeanSquare = true,
            NormsFirst = true,
            Activation = text.ReadActivation("hidden_act", "silu"),
            Words = Words,
            Rotary = new RotaryPositions(ReadRotaryBase(text), positions, headSize),
            Layer = Layer,
            FinalNorm = $"{Model}.norm",
            Output = new LinearLayer(holds?.Invoke("lm_head.weight") ?? !isTied ? "lm_head.weight" : Words, Bias: null),
        };
        decoder.Check(Section);
        return decoder;
    }

    // As written by version 5, or by earlier versions.
    private static double ReadRotaryBase(ModelJson text)
    {
        if (text.OptionalObject("rope_parameters") is { } parameters)
        {
            parameters.Require("rope_type", parameters.OptionalText("rope_type") ?? "default", "default");
            return parameters.OptionalNumber("rope_theta") ?? text.OptionalNumber("rope_theta") ?? 10000;
        }

        if (text.OptionalObject("rope_scaling") is { } scaling)
        {
            scaling.Require("rope_type", scaling.OptionalText("rope_type") ?? scaling.OptionalText("type") ?? "default", "default");
        }

        return text.OptionalNumber("rope_theta") ?? 10000;
    }

    private static PrefixDecoderLayer Layer(int index)
    {
        string name = $"{Model}.layers.{index}";
        return new PrefixDecoderLayer
        {
            Query = LinearLayer.Named($"{name}.self_attn.q_proj", hasBias: false),
            KeyValue =
            [
                LinearLayer.Named($"{name}.self_attn.k_proj", hasBias: false),
                LinearLayer.Named($"{name}.self_attn.v_proj", hasBias: false),
            ],
            AttentionOutput = LinearLayer.Named($"{name}.self_attn.o_proj", hasBias: false),
            AttentionNorm = $"{name}.input_layernorm",
            FeedForwardGate = LinearLayer.Named($"{name}.mlp.gate_proj", hasBias: false),
            FeedForwardIn = LinearLayer.Named($"{name}.mlp.up_proj", hasBias: false),
            FeedForwardOut = LinearLayer.Named($"{name}.mlp.down_proj", hasBias: false),
            FeedForwardNorm = $"{name}.post_attention_layernorm",
        };
    }
}
