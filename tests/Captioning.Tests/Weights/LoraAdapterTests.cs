using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Adapters;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>What an adapter does to a base's matrices, in cases worked out by hand.</summary>
public sealed class LoraAdapterTests : IDisposable
{
    private const string PlainConfig = """{"peft_type": "LORA", "r": 1, "lora_alpha": 4, "bias": "none", "target_modules": ["query"]}""";

    // [out 2, in 3]: times 1 -> 2, 3; times -1 in the last column.
    private static readonly float[] Matrix = [1, 2, 3, 4, 5, 6];
    private static readonly float[] MatrixOnItsSide = [1, 4, 2, 5, 3, 6];
    private static readonly float[] A = [1, 0, -1];
    private static readonly float[] B = [2, 3];

    // 4 / 1 times B A, which is 2 0 -2, 3 0 -3.
    private static readonly float[] Merged = [9, 2, -5, 16, 5, -6];
    private static readonly float[] MergedOnItsSide = [9, 16, 2, 5, -5, -6];

    private readonly TemporaryFolder _base = new();
    private readonly TemporaryFolder _adapter = new();

    public void Dispose()
    {
        _base.Dispose();
        _adapter.Dispose();
    }

    [Fact]
    public void A_linear_layer_gets_alpha_by_rank_times_B_A()
    {
        Base(("layer.query.weight", [2, 3], Matrix), ("layer.query.bias", [2], [7, 8]));
        Adapter(
            PlainConfig,
            ("base_model.model.layer.query.lora_A.weight", [1, 3], A),
            ("base_model.model.layer.query.lora_B.weight", [2, 1], B)
        );
        var merged = Merge();
        Assert.Equal(Merged, Read(merged, "layer.query.weight"));
        Assert.Equal([7, 8], Read(merged, "layer.query.bias"));
    }

    [Theory]
    [InlineData("false", 2)]
    [InlineData("true", 4)]
    public void Rank_stabilized_adapters_divide_by_the_root_of_the_rank(string stabilized, float scale)
    {
        Base(("m.weight", [1, 1], [10]));
        Adapter(
            $$"""{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_rslora": {{stabilized}}}""",
            ("base_model.model.m.lora_A.weight", [4, 1], [1, 2, 3, 4]),
            ("base_model.model.m.lora_B.weight", [1, 4], [1, 1, 1, -1])
        );
        Assert.Equal([10 + (scale * (1 + 2 + 3 - 4))], Read(Merge(), "m.weight"));
    }

    [Fact]
    public void A_matrix_with_its_inputs_first_gets_the_product_on_its_side()
    {
        Base(("layer.query.weight", [3, 2], MatrixOnItsSide));
        Adapter(
            PlainConfig,
            ("base_model.model.layer.query.lora_A.weight", [1, 3], A),
            ("base_model.model.layer.query.lora_B.weight", [2, 1], B)
        );
        Assert.Equal(MergedOnItsSide, Read(Merge(), "layer.query.weight"));
    }

    [Theory]
    // 4 times [1 3]' [1 2] is 4 8, 12 24.
    [InlineData(false, new float[] { 4, 8, 12, 24 })]
    [InlineData(true, new float[] { 4, 12, 8, 24 })]
    public void Of_a_square_matrix_the_architecture_says_what_comes_first(bool inputsFirst, float[] expected)
    {
        Base(("m.weight", [2, 2], new float[4]));
        // PEFT writes fan_in_fan_out as in the last module that it found, so it says nothing about this one.
        Adapter(
            """{"peft_type": "LORA", "r": 1, "lora_alpha": 4, "fan_in_fan_out": true}""",
            ("base_model.model.m.lora_A.weight", [1, 2], [1, 2]),
            ("base_model.model.m.lora_B.weight", [2, 1], [1, 3])
        );
        Assert.Equal(expected, Read(Merge(inputsFirst), "m.weight"));
    }

    [Fact]
    public void Embeddings_get_the_product_on_its_side()
    {
        // [words 3, width 2]; A is [rank, words], B is [width, rank].
        Base(("words.weight", [3, 2], MatrixOnItsSide));
        Adapter(
            PlainConfig,
            ("base_model.model.words.lora_embedding_A", [1, 3], A),
            ("base_model.model.words.lora_embedding_B", [2, 1], B)
        );
        Assert.Equal(MergedOnItsSide, Read(Merge(), "words.weight"));
    }

    [Fact]
    public void Of_square_embeddings_the_product_lies_on_its_side_too()
    {
        Base(("words.weight", [2, 2], new float[4]));
        Adapter(
            PlainConfig,
            ("base_model.model.words.lora_embedding_A", [1, 2], [1, 2]),
            ("base_model.model.words.lora_embedding_B", [2, 1], [1, 3])
        );
        Assert.Equal([4, 12, 8, 24], Read(Merge(), "words.weight"));
    }

    [Fact]
    public void A_convolution_gets_the_product_of_its_channels()
    {
        // [out 2, in 1, 1, 3]; A is [rank, in, 1, 3], B is [out, rank, 1, 1].
        Base(("conv.weight", [2, 1, 1, 3], Matrix));
        Adapter(
            PlainConfig,
            ("base_model.model.conv.lora_A.weight", [1, 1, 1, 3], A),
            ("base_model.model.conv.lora_B.weight", [2, 1, 1, 1], B)
        );
        Assert.Equal(Merged, Read(Merge(), "conv.weight"));
    }

    [Fact]
    public void Modules_have_ranks_and_alphas_of_their_own_by_patterns()
    {
        Base(("a.0.query.weight", [1, 1], [0]), ("a.1.query.weight", [1, 1], [0]), ("b.query.weight", [1, 1], [0]));
        Adapter(
            """{"peft_type": "LORA", "r": 1, "lora_alpha": 3, "rank_pattern": {"a.1.query": 2}, "alpha_pattern": {"a\\.\\d\\.query": 8, "nothing": 100}}""",
            ("base_model.model.a.0.query.lora_A.weight", [1, 1], [1]),
            ("base_model.model.a.0.query.lora_B.weight", [1, 1], [1]),
            ("base_model.model.a.1.query.lora_A.weight", [2, 1], [1, 1]),
            ("base_model.model.a.1.query.lora_B.weight", [1, 2], [1, 2]),
            ("base_model.model.b.query.lora_A.weight", [1, 1], [1]),
            ("base_model.model.b.query.lora_B.weight", [1, 1], [1])
        );
        var merged = Merge();
        Assert.Equal([8], Read(merged, "a.0.query.weight"));
        Assert.Equal([8f / 2 * (1 + 2)], Read(merged, "a.1.query.weight"));
        Assert.Equal([3], Read(merged, "b.query.weight"));
    }

    [Theory]
    [InlineData("base_model.model.head.weight")]
    [InlineData("base_model.model.head.modules_to_save.weight")]
    [InlineData("base_model.model.head.modules_to_save.default.weight")]
    [InlineData("base_model.model.head.base_layer.weight")]
    public void A_module_that_was_saved_whole_takes_the_place_of_the_bases(string name)
    {
        Base(("head.weight", [1, 2], [1, 2]), ("m.weight", [1, 1], [1]));
        Adapter(PlainConfig, (name, [1, 2], [3, 4]));
        Assert.Equal([3, 4], Read(Merge(), "head.weight"));
    }

    [Fact]
    public void Matrices_are_added_to_what_was_saved_whole_beside_them()
    {
        // As PEFT saves embeddings that it trains: the base's, which may have changed, and the matrices.
        Base(("words.weight", [3, 2], new float[6]));
        Adapter(
            PlainConfig,
            ("base_model.model.words.lora_embedding_A", [1, 3], A),
            ("base_model.model.words.lora_embedding_B", [2, 1], B),
            ("base_model.model.words.base_layer.weight", [3, 2], MatrixOnItsSide)
        );
        Assert.Equal(MergedOnItsSide, Read(Merge(), "words.weight"));
    }

    [Fact]
    public void Names_of_the_adapter_are_read_as_those_of_the_base()
    {
        Base(("layer.0.attention.query.weight", [2, 3], Matrix));
        Adapter(
            PlainConfig,
            ("base_model.model.layers.0.q_proj.lora_A.weight", [1, 3], A),
            ("base_model.model.layers.0.q_proj.lora_B.weight", [2, 1], B)
        );
        var names = new TensorNames(("layers.#.q_proj", "layer.#.attention.query"));
        var merged = LoraAdapter.Read(_adapter.Path).MergeInto(Checkpoint.Open(_base.Path).Renamed(names), _ => false);
        Assert.Equal(Merged, Read(merged, "layer.0.attention.query.weight"));
    }

    [Fact]
    public void Merged_weights_are_written_to_the_cache_and_lie_as_a_graph_reads_them()
    {
        Base(("m.weight", [2, 3], Matrix), ("n.weight", [1], [5]));
        Adapter(PlainConfig, ("base_model.model.m.lora_A.weight", [1, 3], A), ("base_model.model.m.lora_B.weight", [2, 1], B));
        var merged = Merge();
        Assert.False(merged.FloatingPoint.All(merged.LiesAsItIs));
        var settled = SettledCheckpoint.Of(merged, _ => true, "revision", _adapter.Path, TestContext.Current.CancellationToken);
        Assert.True(settled.FloatingPoint.All(settled.LiesAsItIs));
        Assert.Equal(Merged, Read(settled, "m.weight"));
        Assert.Equal([5], Read(settled, "n.weight"));
        Assert.Empty(Directory.EnumerateFiles(_adapter.Path, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_files_that_decide_the_weights_are_those_of_both()
    {
        Base(("m.weight", [2, 3], Matrix));
        Adapter(PlainConfig, ("base_model.model.m.lora_A.weight", [1, 3], A), ("base_model.model.m.lora_B.weight", [2, 1], B));
        Assert.Equal(
            ["model.safetensors", "adapter_config.json", "adapter_model.safetensors"],
            Merge().Files.Select(file => Path.GetFileName(file))
        );
    }

    [Theory]
    [InlineData("""{"peft_type": "LOHA", "r": 1}""", "peft_type is LOHA")]
    [InlineData("""{"peft_type": "IA3"}""", "peft_type is IA3")]
    [InlineData("""{"peft_type": "PROMPT_TUNING"}""", "peft_type is PROMPT_TUNING")]
    [InlineData("""{"r": 1}""", "peft_type is missing")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "use_dora": true}""", "use_dora asks for DoRA")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "bias": "all"}""", "bias is \"all\"")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "bias": "lora_only"}""", "bias is \"lora_only\"")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "lora_bias": true}""", "lora_bias")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "init_lora_weights": "pissa_niter_16"}""", "pissa_niter_16")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "layer_replication": [[0, 2]]}""", "replicated layers")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "trainable_token_indices": [5]}""", "trained tokens")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "alora_invocation_tokens": [5]}""", "activated LoRA")]
    [InlineData("""{"peft_type": "LORA", "lora_alpha": 1}""", "lacks r")]
    [InlineData("""{"peft_type": "LORA", "r": 0, "lora_alpha": 1}""", "r is 0")]
    [InlineData(
        """{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "base_model_name_or_path": "a\u0000b"}""",
        "base_model_name_or_path contains characters"
    )]
    [InlineData("""{"peft_type": "LORA", "r": 1}""", "lacks lora_alpha")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "rank_pattern": {"(": 2}}""", "pattern (")]
    [InlineData("""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "rank_pattern": {"a": "x"}}""", "rank_pattern: a")]
    public void Another_kind_of_adapter_is_refused_by_its_name(string config, string expected)
    {
        File.WriteAllText(Path.Combine(_adapter.Path, "adapter_config.json"), config);
        Assert.Contains(
            expected,
            Assert.Throws<ModelFormatException>(() => AdapterConfig.Read(_adapter.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("base_model.model.m.lora_magnitude_vector", 2L, 1L, "lora_magnitude_vector")]
    [InlineData("base_model.model.m.lora_A.weight", 1L, 3L, "not its lora_B")]
    [InlineData("base_model.model.m.lora_B.weight", 2L, 1L, "not its lora_A")]
    [InlineData("base_model.model.other.weight", 2L, 3L, "changes other.weight, which the base model does not have")]
    [InlineData("base_model.model.m.weight", 3L, 3L, "[3, 3] in the place of m.weight, which is [2, 3]")]
    [InlineData("base_model.model.m.token_adapter.deltas", 3L, 3L, "token_adapter")]
    public void A_tensor_that_does_not_belong_is_named(string name, long rows, long columns, string expected)
    {
        Base(("m.weight", [2, 3], Matrix));
        Adapter(PlainConfig, (name, [rows, columns], new float[rows * columns]));
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => Merge()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_base_or_rank_is_refused_with_both_shapes()
    {
        Base(("m.weight", [2, 4], new float[8]));
        Adapter(PlainConfig, ("base_model.model.m.lora_A.weight", [1, 3], A), ("base_model.model.m.lora_B.weight", [2, 1], B));
        string message = Assert.Throws<ModelFormatException>(() => Merge()).Message;
        Assert.Contains("[2, 3]", message, StringComparison.Ordinal);
        Assert.Contains("[2, 4]", message, StringComparison.Ordinal);

        Adapter(
            PlainConfig,
            ("base_model.model.m.lora_A.weight", [2, 4], new float[8]),
            ("base_model.model.m.lora_B.weight", [2, 2], new float[4])
        );
        Assert.Contains("rank 1", Assert.Throws<ModelFormatException>(() => Merge()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_is_not_read_is_named_and_not_passed_over()
    {
        Base(("m.weight", [2, 3], Matrix));
        File.WriteAllText(Path.Combine(_adapter.Path, "adapter_config.json"), PlainConfig);
        File.WriteAllBytes(
            Path.Combine(_adapter.Path, "adapter_model.safetensors"),
            SafetensorsBytes.OfHeader(
                """{"base_model.model.m.lora_A.weight": {"dtype": "F8_E4M3", "shape": [1, 3], "data_offsets": [0, 3]}}""",
                new byte[3]
            )
        );
        Assert.Contains("lora_A", Assert.Throws<ModelFormatException>(() => Merge()).Message, StringComparison.Ordinal);
    }

    private void Base(params ReadOnlySpan<(string, long[], float[])> tensors) =>
        File.WriteAllBytes(Path.Combine(_base.Path, "model.safetensors"), SafetensorsBytes.Of(tensors));

    private void Adapter(string config, params ReadOnlySpan<(string, long[], float[])> tensors)
    {
        File.WriteAllText(Path.Combine(_adapter.Path, "adapter_config.json"), config);
        File.WriteAllBytes(Path.Combine(_adapter.Path, "adapter_model.safetensors"), SafetensorsBytes.Of(tensors));
    }

    private Checkpoint Merge(bool inputsFirst = false) =>
        LoraAdapter.Read(_adapter.Path).MergeInto(Checkpoint.Open(_base.Path), _ => inputsFirst);

    private static float[] Read(Checkpoint checkpoint, string name) => TensorReader.ReadFloats(checkpoint.Find(name)!);
}
