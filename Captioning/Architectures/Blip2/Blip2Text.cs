using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Blip2;

/// <summary>BLIP-2's language model: an OPT.</summary>
internal static class Blip2Text
{
    private const string Section = "text_config";
    private const string Model = "language_model.model.decoder";
    private const string Words = $"{Model}.embed_tokens.weight";
    private const string OutputMatrix = "language_model.lm_head.weight";

    // The learned positions start after this many unused rows, as in fairseq.
    private const int PositionOffset = 2;

    /// <summary>Reads text_config. Missing keys have the reference's defaults.</summary>
    /// <param name="text">The section.</param>
    /// <param name="holds">Whether the checkpoint holds a tensor; tells whether the output matrix is the word embeddings.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static PrefixDecoder Read(ModelJson text, Func<string, bool>? holds)
    {
        string? type = text.OptionalText("model_type");
        if (type != "opt")
        {
            throw new ModelFormatException(
                $"config.json: {Section}: model_type \"{type}\" is not supported; opt is, such as in Salesforce/blip2-opt-2.7b."
            );
        }

        int hidden = text.OptionalInt("hidden_size", 1) ?? 768;
        int heads = text.OptionalInt("num_attention_heads", 1) ?? 12;
        text.Require("do_layer_norm_before", text.OptionalBool("do_layer_norm_before") ?? true, true);
        text.Require("_remove_final_layer_norm", text.OptionalBool("_remove_final_layer_norm") ?? false, false);
        text.Require("enable_bias", text.OptionalBool("enable_bias") ?? true, true);
        text.Require("word_embed_proj_dim", text.OptionalInt("word_embed_proj_dim") ?? hidden, hidden);
        AttentionHeads.Check(Section, "hidden_size", hidden, heads);
        return new PrefixDecoder
        {
            VocabularySize = text.OptionalInt("vocab_size", 1) ?? 50272,
            HiddenSize = hidden,
            IntermediateSize = text.OptionalInt("ffn_dim", 1) ?? 3072,
            Layers = text.OptionalInt("num_hidden_layers", 1) ?? 12,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / heads,
            MaxPositions = text.OptionalInt("max_position_embeddings", 2) ?? 2048,
            NormEpsilon = 1e-5f,
            NormsFirst = true,
            Activation = text.ReadActivation("activation_function", "relu"),
            Words = Words,
            Positions = new LearnedPositions($"{Model}.embed_positions.weight", PositionOffset),
            Layer = Layer,
            FinalNorm = $"{Model}.final_layer_norm",
            Output = new LinearLayer(holds?.Invoke(OutputMatrix) is true ? OutputMatrix : Words, Bias: null),
        };
    }

    private static PrefixDecoderLayer Layer(int index)
    {
        string name = $"{Model}.layers.{index}";
        return new PrefixDecoderLayer
        {
            Query = LinearLayer.Named($"{name}.self_attn.q_proj"),
            KeyValue = [LinearLayer.Named($"{name}.self_attn.k_proj"), LinearLayer.Named($"{name}.self_attn.v_proj")],
            AttentionOutput = LinearLayer.Named($"{name}.self_attn.out_proj"),
            AttentionNorm = $"{name}.self_attn_layer_norm",
            FeedForwardIn = LinearLayer.Named($"{name}.fc1"),
            FeedForwardOut = LinearLayer.Named($"{name}.fc2"),
            FeedForwardNorm = $"{name}.final_layer_norm",
        };
    }
}
