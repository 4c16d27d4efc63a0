using FsCheck.Xunit;
using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class SearchTests
{
    private static readonly int[] Start = [12, 5, 6];

    /// <summary>Settings that reach every branch, from arbitrary bytes.</summary>
    private static GenerationSettings Vary(byte a, byte b, byte c, byte d) =>
        ToyModel.Settings(beams: 2 + a % 5, maxNewTokens: 1 + b % 12) with
        {
            RepetitionPenalty =
                (a >> 3)
                % 3 switch
                {
                    0 => 1,
                    1 => 1.5f,
                    _ => 0.8f,
                },
            NoRepeatNgramSize = (b >> 4) % 4,
            MinNewTokens = c % 3 == 0 ? Math.Min(1 + b % 12, c % 7) : 0,
            LengthPenalty = (c >> 4) switch
            {
                < 5 => 1,
                < 8 => 0.6f,
                < 10 => 2,
                < 12 => 0,
                _ => -1,
            },
            EarlyStopping = (EarlyStopping)(d % 3),
            NumReturnSequences = 1 + d / 3 % (2 + a % 5),
        };

    [Property(MaxTest = 800)]
    public void Beam_search_is_the_reference(byte a, byte b, byte c, byte d, int seed, byte bias)
    {
        var model = new ToyModel(13, seed, closingBias: bias % 5);
        var settings = Vary(a, b, c, d);
        var expected = NaiveReference.Beams(model, Start, settings);
        var actual = model.Run(model.Search(settings, Start), Start);

        Assert.Equal(settings.NumReturnSequences, actual.Count);
        for (int i = 0; i < actual.Count; i++)
        {
            int[] ids = expected[i].Ids[Start.Length..];
            bool closed = ids[^1] == ToyModel.ClosingId;
            Assert.Equal(closed ? ids[..^1] : ids, actual[i].TokenIds);
            Assert.Equal(closed ? FinishReason.Stop : FinishReason.Length, actual[i].FinishReason);
            Assert.Equal(expected[i].Score, actual[i].Score, 1e-4);
            AssertRawLogProbabilities(model, ids, actual[i].LogProbabilities);
        }
    }

    [Property(MaxTest = 100)]
    public void A_strong_length_penalty_leaves_sequences(bool negative, byte beams, int seed)
    {
        // Divided by a power of their length, scores exceed those that the reference uses to exclude beams.
        var model = new ToyModel(13, seed);
        var settings = ToyModel.Settings(beams: 2 + beams % 5, maxNewTokens: 40) with
        {
            LengthPenalty = negative ? -10 : 10,
            MinNewTokens = 20,
            NumReturnSequences = 2,
        };
        var found = model.Run(model.Search(settings, Start), Start);
        Assert.Equal(2, found.Count);
        Assert.All(found, sequence => Assert.InRange(sequence.TokenIds.Length, 20, 40));
        Assert.True(found[0].Score >= found[1].Score);
    }

    [Property(MaxTest = 200)]
    public void Greedy_search_is_the_reference(byte a, byte b, byte c, byte d, int seed, byte bias)
    {
        var model = new ToyModel(13, seed, closingBias: bias % 5);
        var settings = Vary(a, b, c, d) with { NumBeams = 1, NumReturnSequences = 1 };
        int[] ids = NaiveReference.Greedy(model, Start, settings);
        var streamed = new List<GeneratedToken>();
        var actual = Assert.Single(
            model.Run(
                model.Search(settings, Start),
                Start,
                search =>
                {
                    if (search.LatestToken is { } token)
                    {
                        streamed.Add(token);
                    }
                }
            )
        );

        bool closed = ids[^1] == ToyModel.ClosingId;
        Assert.Equal(closed ? ids[..^1] : ids, actual.TokenIds);
        Assert.Equal(closed ? FinishReason.Stop : FinishReason.Length, actual.FinishReason);
        AssertRawLogProbabilities(model, ids, actual.LogProbabilities);
        Assert.Equal(actual.LogProbabilities.Average(), actual.Score, 1e-5);
        Assert.Equal(actual.TokenIds, streamed.Select(token => token.Id));
        Assert.Equal(actual.LogProbabilities.Take(streamed.Count), streamed.Select(token => token.LogProbability));
    }

    [Property(MaxTest = 50)]
    public void Enough_beams_find_the_best_sequence_of_all(int seed)
    {
        // Three tokens, three steps: 16 beams hold every prefix, so the search must find what enumeration finds.
        var model = new ToyModel(5, seed);
        var settings = ToyModel.Settings(beams: 16, maxNewTokens: 3) with { LengthPenalty = 0, EarlyStopping = EarlyStopping.Never };
        var best = Enumerate([], 0).MaxBy(sequence => sequence.Score);
        var found = model.Run(model.Search(settings, Start), Start)[0];
        Assert.Equal(best.Score, found.Score, 1e-4);
        Assert.Equal(best.Ids.Where(id => id != ToyModel.ClosingId), found.TokenIds);

        IEnumerable<(int[] Ids, double Score)> Enumerate(int[] ids, double score)
        {
            if (ids.Length == 3 || (ids.Length > 0 && ids[^1] == ToyModel.ClosingId))
            {
                return [(ids, score)];
            }

            float[] next = NaiveReference.LogSoftmax(model.Logits([.. Start, .. ids]));
            return Enumerable.Range(0, 5).SelectMany(id => Enumerate([.. ids, id], score + next[id]));
        }
    }

    [Fact]
    public void A_step_of_any_search_allocates_nothing()
    {
        var model = new ToyModel(30_524, 1, closingBias: -100);
        var words = DefectWords.None;
        foreach (
            var settings in (GenerationSettings[])
                [
                    ToyModel.Settings(maxNewTokens: 40) with
                    {
                        RepetitionPenalty = 1.2f,
                        NoRepeatNgramSize = 2,
                    },
                    ToyModel.Settings(beams: 4, maxNewTokens: 40) with
                    {
                        RepetitionPenalty = 1.2f,
                        NoRepeatNgramSize = 2,
                    },
                    ToyModel.Settings(maxNewTokens: 40) with
                    {
                        DoSample = true,
                        NumReturnSequences = 4,
                        Seed = 1,
                        TopK = 50,
                        TopP = 0.9f,
                    },
                    ToyModel.Settings(maxNewTokens: 40) with
                    {
                        DoSample = true,
                        NumReturnSequences = 4,
                        Seed = 1,
                        TopP = 0.9f,
                    },
                ]
        )
        {
            var search = model.Search(settings, Start, words);
            float[] logits = [.. Enumerable.Range(0, 4).SelectMany(row => model.Logits([row]))];
            var rows = logits.AsSpan(0, search.Rows * model.Vocabulary);
            for (int step = 0; step < 20; step++)
            {
                search.Advance(rows);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 15; step++)
            {
                search.Advance(rows);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Logits_that_are_not_numbers_are_refused()
    {
        var model = new ToyModel(20, 1);
        float[] logits = model.Logits(Start);
        logits[11] = float.NaN;
        foreach (int beams in (int[])[1, 3])
        {
            Assert.Throws<InvalidOperationException>(() => model.Search(ToyModel.Settings(beams), Start).Advance(logits));
        }
    }

    [Fact]
    public void Results_come_only_when_finished()
    {
        var model = new ToyModel(20, 1);
        foreach (int beams in (int[])[1, 3])
        {
            var search = model.Search(ToyModel.Settings(beams), Start);
            Assert.Throws<InvalidOperationException>(search.GetResults);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    public void Where_every_token_is_ruled_out_the_caption_closes(int beams, bool sample)
    {
        // With n-grams of 1 nothing may appear twice, so a vocabulary of 4 is exhausted after its tokens.
        var model = new ToyModel(4, 1, closingBias: -50);
        var settings = ToyModel.Settings(beams, maxNewTokens: 9) with
        {
            NoRepeatNgramSize = 1,
            DoSample = sample,
            MinNewTokens = 9,
            Seed = 1,
        };
        var best = model.Run(model.Search(settings, [0]), [0])[0];
        Assert.Equal([1, 2], best.TokenIds.Order());
        Assert.Equal(FinishReason.Stop, best.FinishReason);
    }

    private static void AssertRawLogProbabilities(ToyModel model, int[] ids, float[] actual)
    {
        Assert.Equal(ids.Length, actual.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(NaiveReference.LogSoftmax(model.Logits([.. Start, .. ids[..i]]))[ids[i]], actual[i], 1e-4f);
        }
    }
}
