using System.Text;
using System.Text.Json.Nodes;

namespace ImageToText.Captioning.Tests.Architectures;

/// <summary>Tells from config.json alone whether a model can run.</summary>
public sealed class ModelFamiliesTests
{
    public static TheoryData<string, string> Supported =>
        new()
        {
            { "blip-small-f32", "BLIP" },
            { "families/vit-gpt2", "vision encoder-decoder" },
            { "families/trocr-deit", "vision encoder-decoder" },
            { "families/vit-bert", "vision encoder-decoder" },
            { "families/florence2", "Florence-2" },
            { "families/florence2-remote", "Florence-2" },
        };

    [Theory]
    [MemberData(nameof(Supported))]
    public void A_model_that_can_be_run_is_of_a_family(string fixture, string family)
    {
        var support = ModelFamilies.Check(File.ReadAllBytes(Path.Combine(TestFiles.Fixture(fixture), "config.json")));
        Assert.Null(support.Reason);
        Assert.Equal(family, support.Family!.Name);
        Assert.True(support.ImageWidth > 0);
    }

    [Fact]
    public void The_parameters_that_config_json_calls_for_are_those_of_the_checkpoint()
    {
        string folder = TestFiles.Fixture("blip-small-f32");
        var support = ModelFamilies.Check(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        Assert.Equal(Captioning.Weights.Checkpoint.Open(folder).Parameters, support.Parameters);
        Assert.Equal(4 * support.Parameters, support.WeightBytes(Precision.F32));
        Assert.InRange(support.WeightBytes(Precision.Int8), support.Parameters, 4 * support.Parameters);
    }

    [Theory]
    [InlineData(
        """{"model_type": "blip", "architectures": ["BlipForQuestionAnswering"]}""",
        "BlipForQuestionAnswering",
        "Salesforce/blip-image-captioning"
    )]
    [InlineData(
        """{"model_type": "blip", "architectures": ["BlipForImageTextRetrieval"]}""",
        "BlipForImageTextRetrieval",
        "Salesforce/blip-image-captioning"
    )]
    [InlineData("""{"model_type": "llava"}""", "\"llava\"", "nlpconnect/vit-gpt2-image-captioning")]
    [InlineData("""{"hidden_size": 1}""", "model_type", "Salesforce/blip-image-captioning")]
    [InlineData(
        """{"model_type": "vision-encoder-decoder", "encoder": {"model_type": "donut-swin"}, "decoder": {"model_type": "mbart"}}""",
        "donut-swin",
        "trocr"
    )]
    [InlineData(
        """{"model_type": "vision-encoder-decoder", "encoder": {"model_type": "vit"}, "decoder": {"model_type": "mbart"}}""",
        "mbart",
        "gpt2"
    )]
    [InlineData("{", "JSON", "line 1")]
    public void What_can_not_be_run_is_refused_with_the_reason_and_what_can(string config, string found, string supported)
    {
        var support = ModelFamilies.Check(Encoding.UTF8.GetBytes(config));
        Assert.False(support.IsSupported);
        Assert.Contains(found, support.Reason, StringComparison.Ordinal);
        Assert.Contains(supported, support.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scale_attn_by_inverse_layer_idx", true, "scale_attn_by_inverse_layer_idx is true; false is supported")]
    [InlineData("activation_function", "swish", "\"swish\"")]
    [InlineData("n_head", 5, "n_embd 96 among 5 heads")]
    public void A_decoder_of_another_kind_is_refused_by_its_key(string key, object value, string expected)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestFiles.Family("vit-gpt2"), "config.json")))!;
        config["decoder"]![key] = JsonValue.Create(value);
        Assert.Contains(expected, ModelFamilies.Check(Encoding.UTF8.GetBytes(config.ToJsonString())).Reason, StringComparison.Ordinal);
    }
}
