using System.Runtime.InteropServices;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>A model with an adapter, compared with the same model with weights changed by hand.</summary>
public sealed class AdapterModelTests : IDisposable
{
    private const int Rank = 2;
    private const float Alpha = 4;

    // Modules as named by an adapter, and their matrices in the checkpoint.
    private static readonly Module[] Blip =
    [
        new("text_decoder.bert.encoder.layer.0.attention.self.query", "text_decoder.bert.encoder.layer.0.attention.self.query"),
        new("vision_model.encoder.layers.1.self_attn.qkv", "vision_model.encoder.layers.1.self_attn.qkv"),
    ];

    private static readonly Module[] EncoderDecoder =
    [
        // Square and transposed: the adapter's own statement could not be right for both.
        new("decoder.transformer.h.0.attn.c_proj", "decoder.transformer.h.0.attn.c_proj", InputsFirst: true),
        new("decoder.transformer.h.1.mlp.c_fc", "decoder.transformer.h.1.mlp.c_fc", InputsFirst: true),
        new("encoder.layers.0.attention.q_proj", "encoder.encoder.layer.0.attention.attention.query"),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("blip-small-f32", "adapter", Precision.F32)]
    [InlineData("blip-small-f32", "beside", Precision.F32)]
    [InlineData("blip-small-f32", "adapter", Precision.Int8)]
    [InlineData("families/vit-gpt2", "adapter", Precision.F32)]
    [InlineData("families/vit-gpt2", "adapter", Precision.Int8)]
    public async Task A_model_with_an_adapter_captions_as_the_one_that_was_changed_by_hand(string model, string folder, Precision precision)
    {
        Make(model, model == "blip-small-f32" ? Blip : EncoderDecoder);
        var (expected, _) = await CaptionAsync("by hand", precision);
        var (actual, revision) = await CaptionAsync(folder, precision);
        Assert.Equal(expected.TokenIds, actual.TokenIds);
        Assert.Equal(expected.LogProbabilities, actual.LogProbabilities, (one, other) => Math.Abs(one - other) < 2e-3);

        // The adapter has an effect, and the revision shows it.
        var (without, revisionWithout) = await CaptionAsync("base", precision);
        Assert.NotEqual(without.LogProbabilities, actual.LogProbabilities);
        Assert.NotEqual(revisionWithout, revision);
    }

    [Fact]
    public async Task Another_adapter_is_another_revision()
    {
        Make("blip-small-f32", Blip);
        var (_, before) = await CaptionAsync("adapter", Precision.F32);
        string config = File.ReadAllText(At("adapter/adapter_config.json"));
        File.WriteAllText(
            At("adapter/adapter_config.json"),
            config.Replace("\"lora_alpha\": 4", "\"lora_alpha\": " + "5", StringComparison.Ordinal)
        );
        var (_, after) = await CaptionAsync("adapter", Precision.F32);
        Assert.NotEqual(before, after);
    }

    private void Make(string model, Module[] modules)
    {
        string original = TestFiles.Fixture(model);
        Copy(original, "base");
        Copy(original, "beside");
        Copy(original, "by hand");
        Directory.CreateDirectory(At("adapter"));
        var random = new Random(7);
        var checkpoint = Checkpoint.Open(original);
        string file = Path.Combine(At("by hand"), Path.GetFileName(checkpoint.Files[0]));
        byte[] weights = File.ReadAllBytes(file);
        var tensors = new List<(string, long[], float[])>();
        foreach (var (name, tensor, inputsFirst) in modules)
        {
            var weight = checkpoint.Find($"{tensor}.weight")!;
            var (outputs, inputs) = inputsFirst
                ? ((int)weight.Shape[1], (int)weight.Shape[0])
                : ((int)weight.Shape[0], (int)weight.Shape[1]);
            var (a, b) = (Numbers(random, Rank * inputs), Numbers(random, outputs * Rank));
            tensors.Add(($"base_model.model.{name}.lora_A.weight", [Rank, inputs], a));
            tensors.Add(($"base_model.model.{name}.lora_B.weight", [outputs, Rank], b));
            var bytes = weights.AsSpan((int)weight.Offset, (int)weight.Length);
            float[] values = [.. MemoryMarshal.Cast<byte, float>(bytes)];
            for (int i = 0; i < values.Length; i++)
            {
                var (output, input) = inputsFirst ? (i % outputs, i / outputs) : (i / inputs, i % inputs);
                values[i] += Alpha / Rank * ((b[output * Rank] * a[input]) + (b[(output * Rank) + 1] * a[inputs + input]));
            }

            MemoryMarshal.AsBytes<float>(values).CopyTo(bytes);
        }

        File.WriteAllBytes(file, weights);
        foreach (string? folder in new[] { "adapter", "beside" })
        {
            File.WriteAllBytes(At($"{folder}/adapter_model.safetensors"), SafetensorsBytes.Of([.. tensors]));
            File.WriteAllText(
                At($"{folder}/adapter_config.json"),
                $$"""
                {"peft_type": "LORA", "r": {{Rank}}, "lora_alpha": {{Alpha}}, "bias": "none", "base_model_name_or_path": "../base", "target_modules": ["query", "qkv"]}
                """
            );
        }
    }

    private async Task<(CaptionSequence Caption, string Revision)> CaptionAsync(string folder, Precision precision)
    {
        var options = new CaptionerOptions
        {
            Provider = ProviderChoice.Cpu,
            Precision = precision,
            CacheFolder = At("cache"),
            HubCacheFolder = At("hub"),
        };
        await using var captioner = await Captioner.LoadAsync(At(folder), options, TestContext.Current.CancellationToken);
        byte[] picture = await File.ReadAllBytesAsync(TestFiles.Fixture("images/rgb.png"), TestContext.Current.CancellationToken);
        var caption = await captioner.CaptionAsync(
            picture,
            new CaptionOptions { MaxNewTokens = 8, NumBeams = 1 },
            TestContext.Current.CancellationToken
        );
        return (caption.Sequences[0], captioner.Model.Revision);
    }

    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)];

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(At(to));
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, At($"{to}/{Path.GetFileName(file)}"));
        }
    }

    private string At(string path) => Path.Combine(_folder.Path, path);

    private sealed record Module(string Name, string Tensor, bool InputsFirst = false);
}
