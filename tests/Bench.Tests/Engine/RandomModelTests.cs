using System.Text.Json;
using ImageToText.Bench.Engine;

namespace ImageToText.Bench.Tests.Engine;

/// <summary>The public model shapes that random models copy.</summary>
public sealed class RandomModelTests
{
    public static TheoryData<string> Listed { get; } =
    [.. RandomModel.Shapes.Where(static shape => File.Exists(Path.Combine(AppContext.BaseDirectory, "Shapes", shape, "tensors.json")))];

    [Theory]
    [InlineData("florence2-base", 231)]
    [InlineData("git-base", 177)]
    [InlineData("smolvlm-256m", 256)]
    [InlineData("blip2-opt-2.7b", 3745)]
    public void A_shape_without_a_list_has_the_tensors_that_the_engine_reads(string shape, int millions)
    {
        long counted = RandomModel
            .TensorsOf(shape)
            .Sum(static tensor => tensor.Shape.Aggregate(1L, static (product, size) => product * size));
        Assert.InRange(counted / 1e6, millions * 0.98, millions * 1.02);
    }

    [Theory]
    [MemberData(nameof(Listed))]
    public void The_stated_parameters_match_the_tensors(string shape)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Shapes", shape, "tensors.json")));
        var tensors = document.RootElement.GetProperty("tensors").EnumerateObject();
        long counted = tensors.Sum(static tensor =>
            tensor.Value.EnumerateArray().Aggregate(1L, static (product, size) => product * size.GetInt64())
        );
        Assert.Equal(document.RootElement.GetProperty("parameters").GetInt64(), counted);
    }

    [Theory]
    [InlineData("vit-gpt2", 50_257)]
    [InlineData("trocr-base", 50_265)]
    [InlineData("florence2-base", 50_265)]
    [InlineData("smolvlm-256m", 49_152)]
    [InlineData("blip2-opt-2.7b", 50_265)]
    public void A_byte_pair_vocabulary_has_the_public_ones_size_and_special_tokens(string shape, int count)
    {
        var folder = Directory.CreateTempSubdirectory("bench-tests-");
        foreach (string file in (string[])["tokenizer_config.json", "config.json"])
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Shapes", shape, file), Path.Combine(folder.FullName, file));
        }

        RandomVocabulary.Write(folder.FullName);
        using var vocabulary = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "vocab.json")));
        Assert.Equal(count, vocabulary.RootElement.EnumerateObject().Count());
        var (end, id) = shape switch
        {
            "vit-gpt2" => ("<|endoftext|>", count - 1),
            "smolvlm-256m" => ("<|im_end|>", 2),
            _ => ("</s>", 2),
        };
        Assert.Equal(id, vocabulary.RootElement.GetProperty(end).GetInt32());
        folder.Delete(recursive: true);
    }
}
