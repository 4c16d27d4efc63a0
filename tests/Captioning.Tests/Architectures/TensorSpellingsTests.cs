using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Architectures;

/// <summary>The names of both generations of transformers map to the same names.</summary>
public sealed class TensorSpellingsTests
{
    [Fact]
    public void Every_tensor_of_a_vision_transformer_of_today_has_its_name_on_the_hub()
    {
        string[] hub = Checkpoint
            .Open(TestFiles.Fixture("families/vit-gpt2"))
            .All.Select(tensor => tensor.Name)
            .Where(name => name.StartsWith("encoder.", StringComparison.Ordinal))
            .ToArray();
        var names = TensorSpellings.VisionTransformer("encoder");
        Assert.Contains("encoder.encoder.layer.0.attention.attention.query.weight", hub);
        Assert.NotEqual(hub, hub.Select(Today));
        Assert.Equal(hub, hub.Select(Today).Select(names.Canonical));
        // Their own names stay unchanged.
        Assert.Equal(hub, hub.Select(names.Canonical));
    }

    [Theory]
    [InlineData("decoder.bert.embeddings.LayerNorm.gamma", "decoder.bert.embeddings.LayerNorm.weight")]
    [InlineData(
        "decoder.bert.encoder.layer.1.crossattention.output.LayerNorm.beta",
        "decoder.bert.encoder.layer.1.crossattention.output.LayerNorm.bias"
    )]
    [InlineData("decoder.cls.predictions.transform.LayerNorm.gamma", "decoder.cls.predictions.transform.LayerNorm.weight")]
    [InlineData("decoder.cls.predictions.decoder.bias", "decoder.cls.predictions.bias")]
    [InlineData("decoder.cls.predictions.decoder.weight", "decoder.cls.predictions.decoder.weight")]
    [InlineData("encoder.LayerNorm.gamma", "encoder.LayerNorm.gamma")]
    public void Berts_older_names_are_read(string name, string expected) =>
        Assert.Equal(expected, TensorSpellings.Bert("decoder").Canonical(name));

    [Theory]
    [InlineData("decoder.h.3.attn.c_attn.weight", "decoder.transformer.h.3.attn.c_attn.weight")]
    [InlineData("decoder.wte.weight", "decoder.transformer.wte.weight")]
    [InlineData("decoder.ln_f.bias", "decoder.transformer.ln_f.bias")]
    [InlineData("decoder.transformer.h.3.ln_1.bias", "decoder.transformer.h.3.ln_1.bias")]
    [InlineData("decoder.lm_head.weight", "decoder.lm_head.weight")]
    public void Gpt2s_names_without_the_models_own_are_read(string name, string expected) =>
        Assert.Equal(expected, TensorSpellings.Gpt2("decoder").Canonical(name));

    private static string Today(string name) =>
        name.Replace("encoder.encoder.layer.", "encoder.layers.", StringComparison.Ordinal)
            .Replace(".attention.attention.query.", ".attention.q_proj.", StringComparison.Ordinal)
            .Replace(".attention.attention.key.", ".attention.k_proj.", StringComparison.Ordinal)
            .Replace(".attention.attention.value.", ".attention.v_proj.", StringComparison.Ordinal)
            .Replace(".attention.output.dense.", ".attention.o_proj.", StringComparison.Ordinal)
            .Replace(".intermediate.dense.", ".mlp.fc1.", StringComparison.Ordinal)
            .Replace(".output.dense.", ".mlp.fc2.", StringComparison.Ordinal);
}
