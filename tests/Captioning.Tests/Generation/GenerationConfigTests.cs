using System.Text.Json;
using ImageToText.Captioning.Generation;
using Microsoft.Extensions.Logging;

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
    public void Every_key_is_read() =>
        Assert.Equal(
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
            Read(
                """
                {"max_new_tokens": 24, "max_length": 30.0, "min_new_tokens": 1, "min_length": 2, "num_beams": 3, "num_return_sequences": 2,
                 "length_penalty": 0.6, "repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "do_sample": true, "temperature": 0.7,
                 "top_k": 40, "top_p": 0.9, "early_stopping": "never", "bos_token_id": 5, "transformers_version": "5.18.0", "pad_token_id": null}
                """
            )
        );

    [Theory]
    [InlineData("true", EarlyStopping.WhenFull)]
    [InlineData("false", EarlyStopping.Heuristic)]
    [InlineData("\"never\"", EarlyStopping.Never)]
    internal void Early_stopping_has_three_forms(string value, EarlyStopping expected) =>
        Assert.Equal(expected, Read($$"""{"early_stopping": {{value}}}""").EarlyStopping);

    [Theory]
    [InlineData("{\n\n  oops", "line 3")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"max_new_tokens": 2.5}""", "max_new_tokens")]
    [InlineData("""{"num_beams": "3"}""", "num_beams")]
    [InlineData("""{"do_sample": 1}""", "do_sample")]
    [InlineData("""{"early_stopping": "sometimes"}""", "early_stopping")]
    public void What_is_wrong_is_refused_by_file_and_place(string json, string named)
    {
        string message = Assert.Throws<ModelFormatException>(() => Read(json)).Message;
        Assert.Contains("generation_config.json", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_new_tokens", "0", "ignored")]
    [InlineData("num_beams", "17", "16 is used")]
    [InlineData("num_beams", "0", "ignored")]
    [InlineData("repetition_penalty", "0", "ignored")]
    [InlineData("length_penalty", "1e99", "ignored")]
    [InlineData("temperature", "0", "ignored")]
    [InlineData("top_p", "2", "ignored")]
    [InlineData("top_k", "-1", "ignored")]
    public void A_wish_out_of_range_gives_way_with_a_warning(string key, string value, string outcome)
    {
        var config = Read($$"""{"min_length": 3, "{{key}}": {{value}}}""");
        string warning = Assert.Single(config.Warnings);
        Assert.Contains("generation_config.json", warning, StringComparison.Ordinal);
        Assert.Contains($"{key} is {value}", warning, StringComparison.Ordinal);
        Assert.Contains(outcome, warning, StringComparison.Ordinal);
        Assert.Equal(new GenerationConfig { MinLength = 3, NumBeams = value == "17" ? 16 : null }, config with { Warnings = [] });
    }

    [Fact]
    public void Warnings_go_to_the_log()
    {
        var logger = new ListLogger<GenerationConfigTests>();
        Read("""{"num_beams": 17, "top_p": 0}""").Report(logger);
        Assert.Equal(2, logger.Lines.Count);
        Assert.All(logger.Lines, logged => Assert.Equal(LogLevel.Warning, logged.Level));
        Assert.All(logger.Lines, logged => Assert.Contains("generation_config.json", logged.Line, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_there_is_no_file_the_keys_stand_in_config_json()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "config.json",
            """
            {"model_type": "x", "num_beams": 4, "early_stopping": true, "length_penalty": "odd",
             "decoder": {"num_beams": 2, "no_repeat_ngram_size": 3, "max_length": 20}, "text_config": {"min_length": 5}}
            """
        );
        var config = GenerationConfig.Read(folder.Path);
        Assert.Contains("config.json: length_penalty is \"odd\"", Assert.Single(config.Warnings), StringComparison.Ordinal);
        Assert.Equal(
            new GenerationConfig
            {
                NumBeams = 4,
                EarlyStopping = EarlyStopping.WhenFull,
                NoRepeatNgramSize = 3,
                MinLength = 5,
            },
            config with
            {
                Warnings = [],
            }
        );

        // With this file, config.json is not read.
        folder.Write("generation_config.json", """{"max_length": 20}""");
        Assert.Equal(new GenerationConfig { MaxLength = 20 }, GenerationConfig.Read(folder.Path));
    }

    [Fact]
    public void Every_family_is_asked_as_the_reference_asks_it()
    {
        string[] folders =
        [
            .. Directory.GetDirectories(TestFiles.Fixture("families")).Where(folder => File.Exists(Path.Combine(folder, "expected.json"))),
        ];
        Assert.NotEmpty(folders);
        Assert.All(
            folders,
            folder =>
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
                var asked = document.RootElement.GetProperty("generation");
                var config = GenerationConfig.Read(folder);
                Assert.Empty(config.Warnings);
                Assert.Equal(Number("num_beams"), config.NumBeams);
                Assert.Equal(Number("max_length"), config.MaxLength);
                Assert.Equal(Number("no_repeat_ngram_size"), config.NoRepeatNgramSize);
                Assert.Equal(Number("length_penalty"), config.LengthPenalty);
                EarlyStopping? stopping = asked.TryGetProperty("early_stopping", out var early)
                    ? early.GetBoolean()
                        ? EarlyStopping.WhenFull
                        : EarlyStopping.Heuristic
                    : null;
                Assert.Equal(stopping, config.EarlyStopping);

                var tokens = GenerationTokens.Read(folder);
                Assert.Equal(Number("decoder_start_token_id") ?? Number("bos_token_id"), tokens.StartId);
                Assert.Equal(Number("pad_token_id"), tokens.PadId);
                Assert.Equal(Number("forced_bos_token_id"), tokens.ForcedFirstId);
                Assert.Equal(Number("forced_eos_token_id") is { } last ? [(int)last] : [], tokens.ForcedLastIds);
                var ends = asked.GetProperty("eos_token_id");
                int[] expected =
                    ends.ValueKind == JsonValueKind.Array ? [.. ends.EnumerateArray().Select(id => id.GetInt32())] : [ends.GetInt32()];
                Assert.Equal(expected, tokens.EndIds);

                float? Number(string key) => asked.TryGetProperty(key, out var value) ? value.GetSingle() : null;
            }
        );
    }
}
