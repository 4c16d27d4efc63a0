using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>How tensors with other names get the names that graphs use.</summary>
public sealed class TensorNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorNames _names = new(
        ("layers.#.q_proj", "encoder.layer.#.attention.query"),
        ("layers.#", "encoder.layer.#"),
        ("**.LayerNorm.gamma", "**.LayerNorm.weight"),
        ("base", "")
    );

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("layers.10.q_proj.weight", "encoder.layer.10.attention.query.weight")]
    [InlineData("layers.3.norm.bias", "encoder.layer.3.norm.bias")]
    [InlineData("layers.3", "encoder.layer.3")]
    [InlineData("LayerNorm.gamma", "LayerNorm.weight")]
    [InlineData("a.b.LayerNorm.gamma", "a.b.LayerNorm.weight")]
    [InlineData("a.LayerNorm.gamma_1", "a.LayerNorm.gamma_1")]
    [InlineData("mylayers.3.norm", "mylayers.3.norm")]
    [InlineData("layers.x.norm", "layers.x.norm")]
    [InlineData("a.layers.3.norm", "a.layers.3.norm")]
    [InlineData("$1.${2}", "$1.${2}")]
    public void A_name_is_read_as_the_rules_say(string name, string expected) => Assert.Equal(expected, _names.Canonical(name));

    [Fact]
    public void An_empty_part_takes_a_beginning_away() =>
        Assert.Equal("layer.weight", new TensorNames(("model", "")).Canonical("model.layer.weight"));

    [Fact]
    public void Rules_of_a_second_table_read_what_the_first_left() =>
        Assert.Equal("c.x", new TensorNames(("a", "b")).Then(new TensorNames(("b", "c"))).Canonical("a.x"));

    [Fact]
    public void A_table_may_apply_below_a_part_alone()
    {
        var below = _names.Under("encoder");
        Assert.Equal("encoder.encoder.layer.1.attention.query.weight", below.Canonical("encoder.layers.1.q_proj.weight"));
        Assert.Equal("layers.1.q_proj.weight", below.Canonical("layers.1.q_proj.weight"));
        Assert.Equal("decoder.LayerNorm.gamma", below.Canonical("decoder.LayerNorm.gamma"));
        Assert.Equal("encoder.LayerNorm.weight", below.Canonical("encoder.LayerNorm.gamma"));
    }

    [Fact]
    public void A_checkpoint_has_its_tensors_under_the_names_asked_for()
    {
        var checkpoint = Open(("layers.0.q_proj.weight", [1], [7]), ("other", [1], [8])).Renamed(_names);
        Assert.Equal(7, TensorReader.ReadFloats(checkpoint.Get("encoder.layer.0.attention.query.weight", 1))[0]);
        Assert.False(checkpoint.Contains("layers.0.q_proj.weight"));
        Assert.True(checkpoint.Contains("other"));
    }

    [Fact]
    public void A_tensor_that_has_the_name_goes_before_one_that_gets_it()
    {
        var checkpoint = Open(("LayerNorm.gamma", [1], [1]), ("LayerNorm.weight", [1], [2])).Renamed(_names);
        Assert.Equal(2, TensorReader.ReadFloats(checkpoint.Get("LayerNorm.weight", 1))[0]);
    }

    [Fact]
    public void Two_tensors_that_get_the_same_name_are_refused()
    {
        var names = new TensorNames(("a", "c"), ("b", "c"));
        string message = Assert.Throws<ModelFormatException>(() => Open(("a", [1], [1]), ("b", [1], [2])).Renamed(names)).Message;
        Assert.Contains("tensor c twice", message, StringComparison.Ordinal);
    }

    private Checkpoint Open(params ReadOnlySpan<(string, long[], float[])> tensors)
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "model.safetensors"), SafetensorsBytes.Of(tensors));
        return Checkpoint.Open(_folder.Path);
    }
}
