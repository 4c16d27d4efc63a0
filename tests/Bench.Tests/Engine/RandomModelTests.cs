using System.Text.Json;
using ImageToText.Bench.Engine;

namespace ImageToText.Bench.Tests.Engine;

/// <summary>The public model shapes that random models copy.</summary>
public sealed class RandomModelTests
{
    public static TheoryData<string> Shapes { get; } = [.. RandomModel.Shapes];

    [Theory]
    [MemberData(nameof(Shapes))]
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
    public void A_byte_pair_vocabulary_has_the_public_ones_size_and_special_tokens(string shape, int count)
    {
        var folder = Directory.CreateTempSubdirectory("bench-tests-");
        const string file = "tokenizer_config.json";
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Shapes", shape, file), Path.Combine(folder.FullName, file));
        RandomVocabulary.Write(folder.FullName);
        using var vocabulary = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "vocab.json")));
        Assert.Equal(count, vocabulary.RootElement.EnumerateObject().Count());
        var (end, id) = shape == "vit-gpt2" ? ("<|endoftext|>", count - 1) : ("</s>", 2);
        Assert.Equal(id, vocabulary.RootElement.GetProperty(end).GetInt32());
        folder.Delete(recursive: true);
    }
}
