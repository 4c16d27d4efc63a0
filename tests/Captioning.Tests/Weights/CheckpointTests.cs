using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>Which files a checkpoint consists of.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"weight_map": {}}""", "names no file")]
    [InlineData("""{"weight_map": []}""", "no readable weight_map")]
    [InlineData("""{"weight_map": {"a": 1}}""", "no readable weight_map")]
    [InlineData("""{"weight_map": {"a": null}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map": {"a": ".."}}""", "..")]
    [InlineData("""{"weight_map": {"a": "../x"}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map": {"a": "missing"}}""", "not in the folder")]
    [InlineData("""{}""", "no readable weight_map")]
    [InlineData("""[]""", "no readable weight_map")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "no readable weight_map")]
    [InlineData("", "no readable weight_map")]
    public void An_index_that_makes_no_sense_is_refused_in_either_format(string index, string expected)
    {
        foreach (string? name in new[] { "model.safetensors.index.json", "pytorch_model.bin.index.json" })
        {
            string file = Path.Combine(_folder.Path, name);
            File.WriteAllText(file, index);
            string message = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(_folder.Path)).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
            File.Delete(file);
        }
    }

    [Fact]
    public void A_folder_without_weights_says_what_was_looked_for_and_what_is_there()
    {
        _folder.Write("tf_model.h5", "");
        string message = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(_folder.Path)).Message;
        Assert.Contains("model.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("pytorch_model.bin.index.json", message, StringComparison.Ordinal);
        Assert.Contains("tf_model.h5", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_two_tensors_share_are_counted_once()
    {
        var checkpoint = Checkpoint.Open(TestFiles.Fixture("families/vit-gpt2"));
        var words = checkpoint.Find("decoder.transformer.wte.weight")!;
        Assert.Equal(checkpoint.FloatingPoint.Sum(tensor => tensor.Count) - words.Count, checkpoint.Parameters);
    }
}
