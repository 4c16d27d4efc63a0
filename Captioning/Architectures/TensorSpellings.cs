using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures;

/// <summary>
/// Tensor names that differ from those of the checkpoints on the hub, which are transformers 4's: the module names of transformers 5
/// (used in adapters and plain state dicts made with it), and older names.
/// </summary>
internal static class TensorSpellings
{
    /// <summary>ViT and DeiT.</summary>
    /// <param name="part">The part of the model, such as "encoder".</param>
    public static TensorNames VisionTransformer(string part) =>
        new TensorNames(
            ("layers.#.attention.q_proj", "encoder.layer.#.attention.attention.query"),
            ("layers.#.attention.k_proj", "encoder.layer.#.attention.attention.key"),
            ("layers.#.attention.v_proj", "encoder.layer.#.attention.attention.value"),
            ("layers.#.attention.o_proj", "encoder.layer.#.attention.output.dense"),
            ("layers.#.mlp.fc1", "encoder.layer.#.intermediate.dense"),
            ("layers.#.mlp.fc2", "encoder.layer.#.output.dense"),
            ("layers.#", "encoder.layer.#")
        ).Under(part);

    /// <summary>BERT and its head.</summary>
    /// <param name="part">The part of the model, such as "decoder".</param>
    public static TensorNames Bert(string part) =>
        new TensorNames(
            // As in TensorFlow's checkpoints.
            ("**.LayerNorm.gamma", "**.LayerNorm.weight"),
            ("**.LayerNorm.beta", "**.LayerNorm.bias"),
            // The head's bias has two names; some files have only the second.
            ("cls.predictions.decoder.bias", "cls.predictions.bias")
        ).Under(part);

    /// <summary>GPT-2. Some files leave out the model's own name.</summary>
    /// <param name="part">The part of the model, such as "decoder".</param>
    public static TensorNames Gpt2(string part) =>
        new TensorNames(
            ("h.#", "transformer.h.#"),
            ("wte", "transformer.wte"),
            ("wpe", "transformer.wpe"),
            ("ln_f", "transformer.ln_f")
        ).Under(part);
}
