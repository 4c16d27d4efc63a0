using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class GenerationSettingsTests
{
    private static GenerationSettings Resolve(CaptionOptions request, GenerationConfig? folder = null, int promptLength = 1) =>
        GenerationSettings.Resolve(request, folder ?? new GenerationConfig(), vocabulary: 1002, maxPositions: 64, promptLength);

    [Fact]
    public void Nothing_asked_is_greedy_and_fifty_tokens()
    {
        Assert.Equal(
            new GenerationSettings
            {
                NumBeams = 1,
                NumReturnSequences = 1,
                MaxNewTokens = 50,
                MinNewTokens = 0,
                LengthPenalty = 1,
                EarlyStopping = EarlyStopping.Heuristic,
                RepetitionPenalty = 1,
                NoRepeatNgramSize = 0,
                DoSample = false,
                Temperature = 1,
                TopK = 50,
                TopP = 1,
                Seed = null,
                SuppressDefectWords = true,
            },
            Resolve(new CaptionOptions())
        );
    }

    [Fact]
    public void The_request_comes_before_the_folder()
    {
        var folder = new GenerationConfig
        {
            MaxNewTokens = 24,
            NumBeams = 3,
            RepetitionPenalty = 1.2f,
            LengthPenalty = 0.5f,
            NoRepeatNgramSize = 3,
            MinNewTokens = 2,
            Temperature = 0.5f,
            TopK = 7,
            TopP = 0.8f,
            NumReturnSequences = 2,
            EarlyStopping = EarlyStopping.Never,
        };
        var fromFolder = Resolve(new CaptionOptions(), folder);
        Assert.Equal(
            (24, 3, 1.2f, 0.5f, 3, 2),
            (
                fromFolder.MaxNewTokens,
                fromFolder.NumBeams,
                fromFolder.RepetitionPenalty,
                fromFolder.LengthPenalty,
                fromFolder.NoRepeatNgramSize,
                fromFolder.MinNewTokens
            )
        );
        Assert.Equal(
            (0.5f, 7, 0.8f, 2, EarlyStopping.Never, 3),
            (
                fromFolder.Temperature,
                fromFolder.TopK,
                fromFolder.TopP,
                fromFolder.NumReturnSequences,
                fromFolder.EarlyStopping,
                fromFolder.Rows
            )
        );

        var asked = Resolve(
            new CaptionOptions
            {
                MaxNewTokens = 10,
                NumBeams = 4,
                RepetitionPenalty = 1,
                LengthPenalty = 2,
                NoRepeatNgramSize = 0,
                MinNewTokens = 0,
                Temperature = 2,
                TopK = 0,
                TopP = 1,
                NumReturnSequences = 4,
                SuppressDefectWords = false,
                Seed = 5,
            },
            folder
        );
        Assert.Equal(
            (10, 4, 1f, 2f, 0, 0),
            (asked.MaxNewTokens, asked.NumBeams, asked.RepetitionPenalty, asked.LengthPenalty, asked.NoRepeatNgramSize, asked.MinNewTokens)
        );
        Assert.Equal(
            (2f, 0, 1f, 4, false, 5L),
            (asked.Temperature, asked.TopK, asked.TopP, asked.NumReturnSequences, asked.SuppressDefectWords, asked.Seed!.Value)
        );
    }

    [Theory]
    [InlineData(null, 20, 17)] // max_length counts the start ids
    [InlineData(null, 2, 1)] // a folder's setting never stops a request
    [InlineData(100, null, 61)] // nor exceeds the positions
    [InlineData(30, 20, 30)]
    public void A_folders_length_fits_the_prompt(int? maxNewTokens, int? maxLength, int expected) =>
        Assert.Equal(
            expected,
            Resolve(
                new CaptionOptions(),
                new GenerationConfig { MaxNewTokens = maxNewTokens, MaxLength = maxLength },
                promptLength: 3
            ).MaxNewTokens
        );

    [Fact]
    public void A_folders_shortest_length_counts_the_start_ids() =>
        Assert.Equal(5, Resolve(new CaptionOptions(), new GenerationConfig { MinLength = 8 }, promptLength: 3).MinNewTokens);

    [Fact]
    public void Asking_to_sample_gives_up_the_folders_beams()
    {
        var settings = Resolve(new CaptionOptions { DoSample = true, NumReturnSequences = 16 }, new GenerationConfig { NumBeams = 3 });
        Assert.Equal((true, 1, 16, false), (settings.DoSample, settings.NumBeams, settings.Rows, settings.IsRepeatable));
        Assert.True(Resolve(new CaptionOptions { DoSample = true, Seed = 1 }).IsRepeatable);
    }

    [Fact]
    public void Asking_for_beams_gives_up_the_folders_sampling()
    {
        Assert.False(Resolve(new CaptionOptions { NumBeams = 2 }, new GenerationConfig { DoSample = true }).DoSample);
        Assert.True(Resolve(new CaptionOptions(), new GenerationConfig { DoSample = true }).DoSample);
    }

    public static TheoryData<string, CaptionOptions> Refused() =>
        new()
        {
            {
                "num_beams",
                new CaptionOptions { NumBeams = 0 }
            },
            {
                "num_beams",
                new CaptionOptions { NumBeams = 17 }
            },
            {
                "num_beams",
                new CaptionOptions { NumBeams = 2, DoSample = true }
            },
            {
                "num_return_sequences",
                new CaptionOptions { NumReturnSequences = 0 }
            },
            {
                "num_return_sequences",
                new CaptionOptions { NumReturnSequences = 2 }
            },
            {
                "num_return_sequences",
                new CaptionOptions { NumReturnSequences = 4, NumBeams = 3 }
            },
            {
                "num_return_sequences",
                new CaptionOptions { NumReturnSequences = 17, DoSample = true }
            },
            {
                "max_new_tokens",
                new CaptionOptions { MaxNewTokens = 0 }
            },
            {
                "max_new_tokens",
                new CaptionOptions { MaxNewTokens = -1 }
            },
            {
                "max_new_tokens",
                new CaptionOptions { MaxNewTokens = 64 }
            },
            {
                "min_new_tokens",
                new CaptionOptions { MinNewTokens = -1 }
            },
            {
                "min_new_tokens",
                new CaptionOptions { MinNewTokens = 11, MaxNewTokens = 10 }
            },
            {
                "length_penalty",
                new CaptionOptions { LengthPenalty = float.NaN }
            },
            {
                "length_penalty",
                new CaptionOptions { LengthPenalty = float.PositiveInfinity }
            },
            {
                "length_penalty",
                new CaptionOptions { LengthPenalty = 11 }
            },
            {
                "repetition_penalty",
                new CaptionOptions { RepetitionPenalty = 0 }
            },
            {
                "repetition_penalty",
                new CaptionOptions { RepetitionPenalty = -1 }
            },
            {
                "repetition_penalty",
                new CaptionOptions { RepetitionPenalty = float.NaN }
            },
            {
                "repetition_penalty",
                new CaptionOptions { RepetitionPenalty = float.PositiveInfinity }
            },
            {
                "no_repeat_ngram_size",
                new CaptionOptions { NoRepeatNgramSize = -1 }
            },
            {
                "temperature",
                new CaptionOptions { Temperature = 0 }
            },
            {
                "temperature",
                new CaptionOptions { Temperature = -1 }
            },
            {
                "temperature",
                new CaptionOptions { Temperature = float.NaN }
            },
            {
                "temperature",
                new CaptionOptions { Temperature = float.PositiveInfinity }
            },
            {
                "top_k",
                new CaptionOptions { TopK = -1 }
            },
            {
                "top_p",
                new CaptionOptions { TopP = 0 }
            },
            {
                "top_p",
                new CaptionOptions { TopP = 1.01f }
            },
            {
                "top_p",
                new CaptionOptions { TopP = float.NaN }
            },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_out_of_range_is_refused_by_name(string option, CaptionOptions request)
    {
        var refusal = Assert.Throws<CaptionOptionException>(() => Resolve(request));
        Assert.Equal(option, refusal.Option);
        Assert.Contains(option, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_that_fills_the_positions_is_refused()
    {
        Assert.Equal("prompt", Assert.Throws<CaptionOptionException>(() => Resolve(new CaptionOptions(), promptLength: 64)).Option);
        Assert.Equal(1, Resolve(new CaptionOptions(), promptLength: 63).MaxNewTokens);
        Assert.Equal(
            "max_new_tokens",
            Assert.Throws<CaptionOptionException>(() => Resolve(new CaptionOptions { MaxNewTokens = 2 }, promptLength: 63)).Option
        );
    }

    [Theory]
    [InlineData(4096, true, 61)]
    [InlineData(20, true, 20)]
    [InlineData(61, false, 61)]
    public void A_cap_may_lie_beyond_the_models_room(int asked, bool isCap, int given) =>
        Assert.Equal(given, Resolve(new CaptionOptions { MaxNewTokens = asked, CapsNewTokens = isCap }, promptLength: 3).MaxNewTokens);

    // In transformers, max_length and min_length count the prompt, and the numbers of new tokens come first.
    [Theory]
    [InlineData(20, null, 17)]
    [InlineData(4, null, 1)]
    [InlineData(1000, null, 61)]
    [InlineData(20, 9, 9)]
    public void A_length_counts_the_prompt(int maxLength, int? maxNewTokens, int given)
    {
        var options = new CaptionOptions { MaxLength = maxLength, MaxNewTokens = maxNewTokens };
        Assert.Equal(given, Resolve(options, promptLength: 3).MaxNewTokens);
        Assert.Equal(2, Resolve(new CaptionOptions { MinLength = 5 }, promptLength: 3).MinNewTokens);
        Assert.Equal(0, Resolve(new CaptionOptions { MinLength = 2 }, promptLength: 3).MinNewTokens);
        var refused = Assert.Throws<CaptionOptionException>(() => Resolve(new CaptionOptions { MaxLength = 3 }, promptLength: 3));
        Assert.Equal("max_length", refused.Option);
    }
}
