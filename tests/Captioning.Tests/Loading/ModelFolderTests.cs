using System.Text.Json.Nodes;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Loading;

namespace ImageToText.Captioning.Tests.Loading;

/// <summary>What a model folder may look like, and the errors for folders that can't be used.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelFolderTests()
    {
        foreach (string file in Directory.EnumerateFiles(TestFiles.Fixture("blip-small-f32")))
        {
            File.Copy(file, At(Path.GetFileName(file)));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sizes_come_from_config_json()
    {
        var plan = Read(TestFiles.Fixture("blip-wide-f16-sharded"));
        Assert.Equal((192, 128), (plan.Vision.OutputSize, plan.Decoder.HiddenSize));
        Assert.Equal(37, plan.Vision.Tokens);
        Assert.NotEqual(plan.Decoder.Embedding.Words, plan.Decoder.Head.Output.Weight);
        var tied = Read(_folder.Path).Decoder;
        Assert.Equal(tied.Embedding.Words, tied.Head.Output.Weight);
    }

    [Fact]
    public async Task A_folder_of_links_is_read_where_the_links_lead()
    {
        using var cache = new TemporaryFolder();
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--an-org--a-model", "blobs")).FullName;
        string snapshot = Directory.CreateDirectory(Path.Combine(cache.Path, "models--an-org--a-model", "snapshots", "abc")).FullName;
        foreach (string file in Directory.EnumerateFiles(_folder.Path))
        {
            string blob = Path.Combine(blobs, $"{Path.GetFileName(file)}.blob");
            File.Copy(file, blob);
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), Path.GetRelativePath(snapshot, blob));
        }

        await using var captioner = await Captioner.LoadAsync(
            snapshot,
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        Assert.Equal("an-org/a-model", captioner.Model.Id);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        const string tensor = "vision_model.encoder.layers.0.mlp.fc1.weight";
        RewriteHeader(header =>
        {
            header[$"{tensor[..^7]}.WEIGHT"] = header[tensor]!.DeepClone();
            header.Remove(tensor);
        });
        Assert.Contains(tensor, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        const string tensor = "vision_model.encoder.layers.0.mlp.fc1.weight";
        RewriteHeader(header => header[tensor]!["shape"] = new JsonArray(128, 256));
        string refusal = Refusal();
        Assert.Contains(tensor, refusal, StringComparison.Ordinal);
        Assert.Contains("[128, 256]", refusal, StringComparison.Ordinal);
        Assert.Contains("[256, 128]", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_file_is_said_to_be_truncated()
    {
        using (var file = File.OpenWrite(At("model.safetensors")))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Contains("truncated", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a checkpoint", "not a safetensors file")]
    [InlineData("short", "fewer than 8 bytes")]
    public void Another_file_is_not_taken_for_a_checkpoint(string content, string expected)
    {
        File.WriteAllText(At("model.safetensors"), content);
        Assert.Contains(expected, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_config_json_is_told_what_models_consist_of()
    {
        File.Delete(At("config.json"));
        string refusal = Refusal();
        Assert.Contains("lacks config.json", refusal, StringComparison.Ordinal);
        Assert.All(ModelFamilies.All, family => Assert.Contains($"{family.Name} models", refusal, StringComparison.Ordinal));
        Assert.Contains("vocab.txt or tokenizer.json", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preprocessor_config.json")]
    [InlineData("vocab.txt")]
    public void A_missing_file_is_named_with_the_family_that_wants_it(string file)
    {
        File.Delete(At(file));
        string refusal = Refusal();
        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Contains("BLIP", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_kind_of_model_is_refused_by_name()
    {
        EditConfig(config => config["model_type"] = "llava");
        string refusal = Refusal();
        Assert.Contains("\"llava\"", refusal, StringComparison.Ordinal);
        Assert.Contains("blip", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", 100, "hidden_size 100")]
    [InlineData("vocab_size", 0, "vocab_size is 0")]
    [InlineData("encoder_hidden_size", 64, "encoder_hidden_size is 64")]
    [InlineData("bos_token_id", 2000, "bos_token_id 2000")]
    public void A_wrong_size_is_named(string key, int value, string expected)
    {
        EditConfig(config => config["text_config"]![key] = value);
        Assert.Contains(expected, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_activation_that_is_not_supported_is_named()
    {
        EditConfig(config => config["vision_config"]!["hidden_act"] = "quick_gelu");
        Assert.Contains("quick_gelu", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_in_torchs_own_format_are_explained()
    {
        File.Move(At("model.safetensors"), At("pytorch_model.bin"));
        Assert.Contains("pytorch_model.bin", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        File.Delete(At("model.safetensors"));
        File.WriteAllText(At("model.safetensors.index.json"), """{"weight_map": {"a": "model-00001-of-00001.safetensors"}}""");
        Assert.Contains("model-00001-of-00001.safetensors", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_outside_the_folder_is_refused()
    {
        File.Delete(At("model.safetensors"));
        File.WriteAllText(At("model.safetensors.index.json"), """{"weight_map": {"a": "../secret.safetensors"}}""");
        Assert.Contains("../secret.safetensors", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_revision_changes_with_the_weights_and_not_with_the_place()
    {
        string original = await RevisionAsync(TestFiles.Fixture("blip-small-f32"));
        Assert.Equal(original, await RevisionAsync(_folder.Path));
        using (var file = File.OpenWrite(At("model.safetensors")))
        {
            file.Position = file.Length - 1;
            file.WriteByte(1);
        }

        Assert.NotEqual(original, await RevisionAsync(_folder.Path));
    }

    private static CrossAttendingPlan Read(string folder) =>
        Assert.IsType<CrossAttendingPlan>(ModelFolder.Read(folder, folder).Plan.Execution);

    private static Task<string> RevisionAsync(string path)
    {
        var (folder, plan) = ModelFolder.Read(path, path);
        return ModelRevision.ComputeAsync(folder, plan.Checkpoint, TestContext.Current.CancellationToken);
    }

    private string Refusal() => Assert.Throws<ModelFormatException>(() => ModelFolder.Read(_folder.Path, _folder.Path)).Message;

    private void EditConfig(Action<JsonNode> edit)
    {
        var config = JsonNode.Parse(File.ReadAllText(At("config.json")))!;
        edit(config);
        File.WriteAllText(At("config.json"), config.ToJsonString());
    }

    private void RewriteHeader(Action<JsonObject> edit)
    {
        byte[] bytes = File.ReadAllBytes(At("model.safetensors"));
        int length = (int)BitConverter.ToInt64(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        edit(header);
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(At("model.safetensors"), [.. BitConverter.GetBytes((long)json.Length), .. json, .. bytes.AsSpan(8 + length)]);
    }

    private string At(string file) => Path.Combine(_folder.Path, file);
}
