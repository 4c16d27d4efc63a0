using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.VisionEncoderDecoder;

/// <summary>GPT-2 with cross-attention (transformers' GPT2LMHeadModel), whose matrices are [in, out].</summary>
internal static class Gpt2Decoder
{
    private const string Section = "decoder";
    private const string Transformer = $"{Section}.transformer";
    private const string Words = $"{Transformer}.wte.weight";
    private const string OutputMatrix = $"{Section}.lm_head.weight";

    /// <summary>Reads the decoder's section. Missing keys have the reference's defaults.</summary>
    /// <param name="config">The section.</param>
    /// <param name="holds">
    /// Whether the checkpoint holds a tensor. This decides whether the output matrix is the word embeddings.
    /// </param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static CrossDecoder Read(ModelJson config, Func<string, bool> holds)
    {
        config.Require("scale_attn_weights", config.OptionalBool("scale_attn_weights") ?? true, true);
        config.Require("scale_attn_by_inverse_layer_idx", config.OptionalBool("scale_attn_by_inverse_layer_idx") ?? false, false);
        int hidden = config.OptionalInt("n_embd", 1) ?? 768;
        var decoder = new CrossDecoder
        {
            VocabularySize = config.OptionalInt("vocab_size", 1) ?? 50257,
            HiddenSize = hidden,
            PictureSize = hidden,
            IntermediateSize = config.OptionalInt("n_inner", 1) ?? (4 * hidden),
            Layers = config.OptionalInt("n_layer", 1) ?? 12,
            Heads = config.OptionalInt("n_head", 1) ?? 12,
            MaxPositions = config.OptionalInt("n_positions", 2) ?? 1024,
            LayerNormEpsilon = (float)(config.OptionalNumber("layer_norm_epsilon") ?? 1e-5),
            Activation = config.ReadActivation("activation_function", "gelu_new"),
            NormsFirst = true,
            Embedding = new TokenEmbedding { Words = Words, Positions = new LearnedPositions($"{Transformer}.wpe.weight") },
            Layer = Layer,
            FinalNorm = $"{Transformer}.ln_f",
            Head = new OutputHead { Output = new LinearLayer(holds(OutputMatrix) ? OutputMatrix : Words, Bias: null) },
        };
        AttentionHeads.Check(Section, "n_embd", hidden, decoder.Heads);
        return decoder;
    }

    private static CrossDecoderLayer Layer(int index)
    {
        string name = $"{Transformer}.h.{index}";
        return new CrossDecoderLayer
        {
            SelfQueryKeyValue = [InputsFirst($"{name}.attn.c_attn")],
            SelfOutput = InputsFirst($"{name}.attn.c_proj"),
            SelfNorm = $"{name}.ln_1",
            CrossQuery = InputsFirst($"{name}.crossattention.q_attn"),
            CrossKeyValue = [InputsFirst($"{name}.crossattention.c_attn")],
            CrossOutput = InputsFirst($"{name}.crossattention.c_proj"),
            CrossNorm = $"{name}.ln_cross_attn",
            FeedForwardIn = InputsFirst($"{name}.mlp.c_fc"),
            FeedForwardOut = InputsFirst($"{name}.mlp.c_proj"),
            FeedForwardNorm = $"{name}.ln_2",
        };
    }

    private static LinearLayer InputsFirst(string name) => LinearLayer.Named(name) with { InputsFirst = true };
}
