using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class GenerationConfigTests
{
    private static GenerationConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("generation_config.json", json);
        return GenerationConfig.Read(folder.Path);
    }

    [Fact]
    public void A_folder_without_the_file_asks_for_nothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(new GenerationConfig(), GenerationConfig.Read(folder.Path));
    }

    [Fact]
    public void Every_key_is_read() => Assert.Equal(
        new GenerationConfig
        {
            MaxNewTokens = 24,
            MaxLength = 30,
            MinNewTokens = 1,
            MinLength = 2,
            NumBeams = 3,
            NumReturnSequences = 2,
            LengthPenalty = 0.6f,
            RepetitionPenalty = 1.2f,
            NoRepeatNgramSize = 2,
            DoSample = true,
            Temperature = 0.7f,
            TopK = 40,
            TopP = 0.9f,
            EarlyStopping = EarlyStopping.Never,
        },
        Read("""
            {"max_new_tokens": 24, "max_length": 30.0, "min_new_tokens": 1, "min_length": 2, "num_beams": 3, "num_return_sequences": 2,
             "length_penalty": 0.6, "repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "do_sample": true, "temperature": 0.7,
             "top_k": 40, "top_p": 0.9, "early_stopping": "never", "bos_token_id": 5, "transformers_version": "5.18.0", "pad_token_id": null}
            """));

    [Theory]
    [InlineData("true", EarlyStopping.WhenFull)]
    [InlineData("false", EarlyStopping.Heuristic)]
    [InlineData("\"never\"", EarlyStopping.Never)]
    internal void Early_stopping_has_three_forms(string value, EarlyStopping expected) =>
        Assert.Equal(expected, Read($$"""{"early_stopping": {{value}}}""").EarlyStopping);

    [Theory]
    [InlineData("{\n\n  oops", "line 3")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"max_new_tokens": 0}""", "max_new_tokens")]
    [InlineData("""{"max_new_tokens": 2.5}""", "max_new_tokens")]
    [InlineData("""{"num_beams": 17}""", "num_beams")]
    [InlineData("""{"num_beams": "3"}""", "num_beams")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty")]
    [InlineData("""{"length_penalty": 1e99}""", "length_penalty")]
    [InlineData("""{"temperature": 0}""", "temperature")]
    [InlineData("""{"top_p": 2}""", "top_p")]
    [InlineData("""{"top_k": -1}""", "top_k")]
    [InlineData("""{"do_sample": 1}""", "do_sample")]
    [InlineData("""{"early_stopping": "sometimes"}""", "early_stopping")]
    public void What_is_wrong_is_refused_by_file_and_place(string json, string named)
    {
        string message = Assert.Throws<ModelFormatException>(() => Read(json)).Message;
        Assert.Contains("generation_config.json", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }
}
