using FsCheck.Xunit;
using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class GenerationTokensTests
{
    private const float Ruled = float.NegativeInfinity;

    private static GenerationTokens Read(string generation, string config = "{}")
    {
        using var folder = new TemporaryFolder();
        folder.Write("generation_config.json", generation);
        folder.Write("config.json", config);
        return GenerationTokens.Read(folder.Path);
    }

    private static float[] Apply(GenerationTokens tokens, int[] history, int startLength = 1, int maxNewTokens = 8, int minNewTokens = 0)
    {
        var settings = ToyModel.Settings(maxNewTokens: maxNewTokens) with { MinNewTokens = minNewTokens };
        float[] scores = [0.5f, 1, 2, 3, 4, 5];
        new LogitsProcessing(settings, tokens, DefectWords.None, startLength).Apply(scores, history, history.Length - startLength);
        return scores;
    }

    [Fact]
    public void Every_key_is_read()
    {
        var tokens = Read(
            """
            {"decoder_start_token_id": 2, "bos_token_id": 0, "eos_token_id": [2, 5], "pad_token_id": 1, "forced_bos_token_id": 0,
             "forced_eos_token_id": 2, "bad_words_ids": [[7], [8, 9]], "suppress_tokens": [4, 6], "begin_suppress_tokens": [3]}
            """
        );
        Assert.Equal((2, 1, 0), (tokens.StartId, tokens.PadId, tokens.ForcedFirstId));
        Assert.Equal([2, 5], tokens.EndIds);
        Assert.Equal([2], tokens.ForcedLastIds);
        Assert.Equal(
            [
                [7],
                [8, 9],
            ],
            tokens.BadWords
        );
        Assert.Equal([4, 6], tokens.Suppressed);
        Assert.Equal([3], tokens.SuppressedFirst);
    }

    [Theory]
    [InlineData("""{"eos_token_id": 9, "decoder": {"eos_token_id": 8}}""", 9)]
    [InlineData("""{"eos_token_id": null, "decoder": {"eos_token_id": 8}, "text_config": {"eos_token_id": 7}}""", 8)]
    [InlineData("""{"text_config": {"eos_token_id": 7}}""", 7)]
    public void An_end_that_stands_only_in_config_json_is_found(string config, int end) =>
        Assert.Equal([end], Read("""{"max_length": 16}""", config).EndIds);

    [Fact]
    public void The_start_is_the_bos_token_where_no_other_is_named() => Assert.Equal(6, Read("""{"bos_token_id": 6}""").StartId);

    [Theory]
    [InlineData("""{"eos_token_id": "end"}""", "eos_token_id")]
    [InlineData("""{"eos_token_id": -1}""", "eos_token_id")]
    [InlineData("""{"suppress_tokens": [1, 2.5]}""", "suppress_tokens")]
    [InlineData("""{"bad_words_ids": [1]}""", "bad_words_ids")]
    [InlineData("""{"bad_words_ids": [[]]}""", "bad_words_ids")]
    public void What_is_wrong_is_refused_by_file_and_key(string json, string key)
    {
        string message = Assert.Throws<ModelFormatException>(() => Read(json)).Message;
        Assert.Contains("generation_config.json", message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_words_are_never_completed()
    {
        // 1 alone is bad; 4 is bad after 2, 5; 3 ends the text and can't be a bad word by itself.
        var tokens = GenerationTokens.EndedBy(3) with
        {
            BadWords =
            [
                [1],
                [2, 5, 4],
                [3],
            ],
        };
        Assert.Equal([0.5f, Ruled, 2, 3, 4, 5], Apply(tokens, [0, 2]));
        Assert.Equal([0.5f, Ruled, 2, 3, Ruled, 5], Apply(tokens, [0, 2, 5]));

        // The reference ignores a sequence that is longer than the text so far.
        Assert.Equal([0.5f, Ruled, 2, 3, 4, 5], Apply(tokens, [2, 5]));
    }

    [Fact]
    public void Suppressed_tokens_are_ruled_out_always_or_at_first()
    {
        var tokens = GenerationTokens.EndedBy(3) with { Suppressed = [0, 99], SuppressedFirst = [1, 3] };
        Assert.Equal([Ruled, Ruled, 2, Ruled, 4, 5], Apply(tokens, [0]));
        Assert.Equal([Ruled, 1, 2, 3, 4, 5], Apply(tokens, [0, 4]));

        // After a prompt, the first token is the one that follows it.
        Assert.Equal([Ruled, Ruled, 2, Ruled, 4, 5], Apply(tokens, [0, 4], startLength: 2));

        // If a first token is forced, the next one counts as the first.
        var forced = tokens with
        {
            ForcedFirstId = 5,
        };
        Assert.Equal([Ruled, Ruled, Ruled, Ruled, Ruled, 0], Apply(forced, [0]));
        Assert.Equal([Ruled, Ruled, 2, Ruled, 4, 5], Apply(forced, [0, 5]));
        Assert.Equal([Ruled, Ruled, 2, Ruled, 4, 5], Apply(forced, [0, 5], startLength: 2));
    }

    [Fact]
    public void The_first_and_the_last_token_are_forced_whatever_else_is_ruled_out()
    {
        var tokens = GenerationTokens.EndedBy(3) with
        {
            ForcedFirstId = 1,
            ForcedLastIds = [3],
            BadWords =
            [
                [1],
            ],
        };
        Assert.Equal([Ruled, 0, Ruled, Ruled, Ruled, Ruled], Apply(tokens, [0]));
        Assert.Equal([0.5f, Ruled, 2, 3, 4, 5], Apply(tokens, [0, 4]));
        Assert.Equal([Ruled, Ruled, Ruled, 0, Ruled, Ruled], Apply(tokens, [0, 4, 4], maxNewTokens: 3, minNewTokens: 3));

        // Not even a forced token survives suppression, which comes last.
        Assert.Equal([Ruled, Ruled, Ruled, Ruled, Ruled, Ruled], Apply(tokens with { Suppressed = [1] }, [0]));
    }

    [Fact]
    public void Each_of_several_ends_waits_for_the_fewest_tokens()
    {
        var tokens = new GenerationTokens { EndIds = [3, 5] };
        Assert.Equal([0.5f, 1, 2, Ruled, 4, Ruled], Apply(tokens, [0, 1], minNewTokens: 2));
        Assert.Equal([0.5f, 1, 2, 3, 4, 5], Apply(tokens, [0, 1, 2], minNewTokens: 2));
    }

    [Property(MaxTest = 600)]
    public void Searches_with_all_rules_are_the_reference(byte a, byte b, byte c, byte d, int seed)
    {
        var settings = ToyModel.Settings(beams: 1 + (a % 5), maxNewTokens: 3 + (b % 10)) with
        {
            MinNewTokens = c % 4 == 0 ? 2 : 0,
            NoRepeatNgramSize = a >> 6,
            LengthPenalty = (c >> 5) switch
            {
                < 3 => 1,
                < 6 => 2,
                _ => 0.6f,
            },
            EarlyStopping = (EarlyStopping)(d % 3),
        };
        var tokens = new GenerationTokens
        {
            EndIds = (d >> 2) switch
            {
                < 20 => [3],
                < 40 => [3, 7],
                _ => [3, 7, 9, 10],
            },
            ForcedFirstId = a % 3 == 0 ? 5 : null,
            ForcedLastIds = b % 3 == 0 ? [3] : [],
            BadWords =
                c % 3 == 0
                    ?
                    [
                        [1],
                        [2, 4],
                        [5, 6, 8],
                    ]
                    : [],
            Suppressed = d % 5 == 0 ? [11] : [],
            SuppressedFirst = a % 4 == 0 ? [0, 3] : [],
        };
        var model = new ToyModel(13, seed, closingBias: b % 3);
        int[] start = c % 2 == 0 ? [12] : [12, 5, 6];
        var actual = model.Run(model.Search(settings, start, tokens), start)[0];
        int[] expected =
            settings.NumBeams == 1
                ? NaiveReference.Greedy(model, start, settings, tokens)[..]
                : NaiveReference.Beams(model, start, settings, tokens)[0].Ids[start.Length..];
        bool closed = tokens.Ends(expected[^1]);
        Assert.Equal(closed ? expected[..^1] : expected, actual.TokenIds);
        Assert.Equal(closed ? FinishReason.Stop : FinishReason.Length, actual.FinishReason);
    }
}
