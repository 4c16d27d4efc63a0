using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Tests.Scheduling;

namespace ImageToText.Captioning.Tests.Execution;

/// <summary>Pictures with cached encodings give the same captions, bit for bit, as pictures that are encoded.</summary>
public sealed class RecentEmbeddingsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Precision.F32)]
    [InlineData(Precision.Int8)]
    public async Task Another_prompt_or_option_for_a_recent_picture_skips_the_encoder_and_changes_no_bit(Precision precision)
    {
        using var cache = new TemporaryFolder();
        var options = new CaptionerOptions
        {
            Provider = ProviderChoice.Cpu,
            Precision = precision,
            CacheFolder = cache.Path,
        };
        await using var remembering = await Captioner.LoadAsync(TestFiles.Fixture("blip-small-f32"), options, Cancellation);
        await using var forgetting = await Captioner.LoadAsync(
            TestFiles.Fixture("blip-small-f32"),
            options with
            {
                EmbeddingBytes = 0,
            },
            Cancellation
        );
        var seen = new HashSet<string>();
        CaptionOptions[] asked =
        [
            new(),
            new() { Prompt = "a photo of" },
            new() { NumBeams = 3, NumReturnSequences = 2 },
            new()
            {
                NumBeams = 1,
                DoSample = true,
                Seed = 3,
                NumReturnSequences = 4,
            },
            new() { RepetitionPenalty = 1.5f },
        ];
        foreach (var request in asked)
        {
            foreach (string? picture in new[] { "rgb.png", "gray.jpg", "thin.png" })
            {
                byte[] bytes = await File.ReadAllBytesAsync(TestFiles.Fixture("images/" + picture), Cancellation);
                var remembered = await remembering.CaptionAsync(bytes, request, Cancellation);
                var encoded = await forgetting.CaptionAsync(bytes, request, Cancellation);
                Assert.Equal(seen.Add(picture) ? CaptionReuse.None : CaptionReuse.Embedding, remembered.Reuse);
                Assert.Equal(CaptionReuse.None, encoded.Reuse);
                Assert.Equal(encoded.Sequences.Select(Bits), remembered.Sequences.Select(Bits));
            }
        }
    }

    [Fact]
    public async Task What_is_remembered_is_bounded_and_the_picture_used_longest_ago_is_forgotten_first()
    {
        using var runtime = await LoadAsync(places: 2);
        string[] pictures = ["rgb.png", "gray.jpg", "thin.png"];
        var jobs = pictures.ToDictionary(
            picture => picture,
            picture => PictureJobs.Create(runtime, picture, new CaptionOptions(), Cancellation)
        );
        var expected = jobs.ToDictionary(
            entry => entry.Key,
            entry =>
            {
                Model(runtime).Encoder.Encode(entry.Value.Pixels);
                return Tokens(runtime);
            }
        );
        foreach (
            var (picture, remembered) in new[]
            {
                ("rgb.png", false),
                ("rgb.png", true),
                ("gray.jpg", false),
                ("rgb.png", true),
                ("thin.png", false),
                ("rgb.png", true),
                ("gray.jpg", false),
                ("thin.png", false),
                ("gray.jpg", true),
            }
        )
        {
            Assert.Equal(remembered, Model(runtime).Encoder.Encode(jobs[picture].Pixels, picture));
            Assert.Equal(expected[picture], Tokens(runtime));
        }
    }

    [Fact]
    public async Task Pictures_encoded_in_one_run_are_remembered_each_for_itself()
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, MaxEncodingBatch = 4 };
        using var runtime = await ModelRuntime.LoadAsync(TestFiles.Fixture("blip-small-f32"), options, Cancellation);
        string[] pictures = ["rgb.png", "gray.jpg", "thin.png"];
        var pixels = pictures.ToDictionary(
            picture => picture,
            picture => PictureJobs.Create(runtime, picture, new CaptionOptions(), Cancellation).Pixels
        );
        var expected = pixels.ToDictionary(
            entry => entry.Key,
            entry =>
            {
                Model(runtime).Encoder.Encode(entry.Value);
                return Tokens(runtime);
            }
        );
        EncoderPicture[] together =
        [
            .. pictures.Select(picture => new EncoderPicture(pixels[picture], picture)),
            new EncoderPicture(pixels["rgb.png"], null),
        ];
        Model(runtime).Encoder.EncodeTogether(together, Model(runtime).Decoder.CrossAttention, 2);
        foreach (string picture in pictures)
        {
            Assert.True(Model(runtime).Encoder.Remembers(picture));
            Assert.True(Model(runtime).Encoder.Encode(pixels[picture], picture));
            Assert.Equal(expected[picture], Tokens(runtime));
        }
    }

    [Fact]
    public async Task A_place_that_was_made_room_for_and_not_filled_is_used_again()
    {
        using var runtime = await LoadAsync(places: 2);
        var pixels = PictureJobs.Create(runtime, "rgb.png", new CaptionOptions(), Cancellation).Pixels;
        Assert.False(Model(runtime).Encoder.Encode(pixels, "first"));
        // Too many pixels: it fails after room was made for it.
        Assert.ThrowsAny<ArgumentException>(() => Model(runtime).Encoder.Encode(new float[2 * pixels.Length], "broken"));
        Assert.True(Model(runtime).Encoder.Encode(pixels, "first"));
        // The unnamed place is now the oldest.
        Assert.False(Model(runtime).Encoder.Encode(pixels, "second"));
        Assert.True(Model(runtime).Encoder.Encode(pixels, "first"));
        Assert.True(Model(runtime).Encoder.Encode(pixels, "second"));
        Assert.False(Model(runtime).Encoder.Remembers("broken"));
    }

    // With room for this many pictures, and half of another.
    private static async Task<ModelRuntime> LoadAsync(int places)
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu };
        long tensor;
        using (var any = await ModelRuntime.LoadAsync(TestFiles.Fixture("blip-small-f32"), options, Cancellation))
        {
            tensor = sizeof(float) * Model(any).Encoder.Tokens.Value.GetTensorTypeAndShape().ElementCount;
        }

        return await ModelRuntime.LoadAsync(
            TestFiles.Fixture("blip-small-f32"),
            options with
            {
                EmbeddingBytes = (places * tensor) + (tensor / 2),
            },
            Cancellation
        );
    }

    private static CrossAttendingModel Model(ModelRuntime runtime) => Assert.IsType<CrossAttendingModel>(runtime.Batch);

    private static float[] Tokens(ModelRuntime runtime) => Model(runtime).Encoder.Tokens.Value.GetTensorDataAsSpan<float>().ToArray();

    private static string Bits(CaptionSequence sequence) =>
        string.Join(' ', sequence.TokenIds) + " " + string.Join(' ', sequence.LogProbabilities.Select(BitConverter.SingleToInt32Bits));
}
