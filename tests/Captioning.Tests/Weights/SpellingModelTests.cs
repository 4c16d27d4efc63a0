using System.Text;
using System.Text.RegularExpressions;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>A checkpoint whose tensors have the names of transformers 5 and of TensorFlow captions like its original.</summary>
public sealed partial class SpellingModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Other_spellings_give_the_same_captions()
    {
        string original = TestFiles.Fixture("families/vit-bert");
        foreach (string file in Directory.EnumerateFiles(original))
        {
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
        }

        byte[] bytes = File.ReadAllBytes(Path.Combine(original, "model.safetensors"));
        int length = (int)BitConverter.ToInt64(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length);
        string respelled = Respell(header);
        Assert.NotEqual(header, respelled);
        File.WriteAllBytes(Path.Combine(_folder.Path, "model.safetensors"), SafetensorsBytes.OfHeader(respelled, bytes[(8 + length)..]));

        var (expected, actual) = (await CaptionAsync(original), await CaptionAsync(_folder.Path));
        Assert.Equal(expected.TokenIds, actual.TokenIds);
        Assert.Equal(expected.LogProbabilities, actual.LogProbabilities);
    }

    private static string Respell(string header)
    {
        header = EncoderLayer().Replace(header, "\"encoder.layers.$1.");
        foreach (
            var (from, to) in new[]
            {
                (".attention.attention.query.", ".attention.q_proj."),
                (".attention.attention.key.", ".attention.k_proj."),
                (".attention.attention.value.", ".attention.v_proj."),
            }
        )
        {
            header = header.Replace(from, to, StringComparison.Ordinal);
        }

        header = EncoderDense()
            .Replace(
                header,
                match =>
                    $"{match.Groups[1].Value}{match.Groups[2].Value switch
        {
            "attention.output.dense" => "attention.o_proj",
            "intermediate.dense" => "mlp.fc1",
            _ => "mlp.fc2",
        }}."
            );
        return header
            .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
    }

    private static async Task<CaptionSequence> CaptionAsync(string folder)
    {
        await using var captioner = await Captioner.LoadAsync(
            folder,
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        byte[] picture = await File.ReadAllBytesAsync(TestFiles.Fixture("images/rgb.png"), TestContext.Current.CancellationToken);
        return (
            await captioner.CaptionAsync(picture, new CaptionOptions { MaxNewTokens = 8 }, TestContext.Current.CancellationToken)
        ).Sequences[0];
    }

    [GeneratedRegex("\"encoder\\.encoder\\.layer\\.([0-9]+)\\.")]
    private static partial Regex EncoderLayer();

    [GeneratedRegex("(\"encoder\\.layers\\.[0-9]+\\.)(attention\\.output\\.dense|intermediate\\.dense|output\\.dense)\\.")]
    private static partial Regex EncoderDense();
}
