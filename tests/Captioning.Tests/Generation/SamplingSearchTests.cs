using FsCheck.Xunit;
using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class SamplingSearchTests
{
    private static readonly int[] Start = [12];

    private static GenerationSettings Settings(int sequences = 1, int maxNewTokens = 8, long seed = 1) =>
        ToyModel.Settings(maxNewTokens: maxNewTokens) with
        {
            DoSample = true,
            NumReturnSequences = sequences,
            Seed = seed,
        };

    /// <summary>The probabilities that transformers' warpers leave, over sorted lists.</summary>
    private static double[] Warp(float[] logits, GenerationSettings settings)
    {
        double[] scores = [.. logits.Select(logit => ((double)logit - logits.Max()) / settings.Temperature)];
        if (settings.TopK > 0)
        {
            double least = scores.OrderDescending().ElementAt(Math.Min(settings.TopK, scores.Length) - 1);
            scores = [.. scores.Select(score => score < least ? double.NegativeInfinity : score)];
        }

        double[] probabilities = Normalize([.. scores.Select(Math.Exp)]);
        if (settings.TopP < 1)
        {
            double cumulative = 0;
            foreach (int id in Enumerable.Range(0, scores.Length).OrderBy(id => probabilities[id]).SkipLast(1).ToArray())
            {
                cumulative += probabilities[id];
                if (cumulative <= 1 - settings.TopP)
                {
                    scores[id] = double.NegativeInfinity;
                }
            }
        }

        return Normalize([.. scores.Select(Math.Exp)]);

        static double[] Normalize(double[] weights) => [.. weights.Select(weight => weight / weights.Sum())];
    }

    [Theory]
    [InlineData(1f, 0, 1f)]
    [InlineData(0.5f, 0, 1f)]
    [InlineData(2f, 5, 1f)]
    [InlineData(1f, 0, 0.7f)]
    [InlineData(1.5f, 9, 0.9f)]
    [InlineData(1f, 0, 0.05f)]
    [InlineData(0.001f, 0, 1f)]
    public void Tokens_are_drawn_as_often_as_the_reference_says(float temperature, int topK, float topP)
    {
        const int Draws = 40_000;
        var model = new ToyModel(37, 11);
        float[] logits = model.Logits(Start);
        int[] counts = new int[model.Vocabulary];
        var settings = Settings(maxNewTokens: 1) with { Temperature = temperature, TopK = topK, TopP = topP };
        for (int draw = 0; draw < Draws; draw++)
        {
            var search = model.Search(settings with { Seed = draw }, Start);
            search.Advance([.. logits]);
            var drawn = search.GetResults()[0];
            counts[drawn.FinishReason == FinishReason.Stop ? ToyModel.ClosingId : drawn.TokenIds[0]]++;
        }

        double[] expected = Warp(logits, settings);
        for (int id = 0; id < counts.Length; id++)
        {
            double deviation = Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
            Assert.True(
                Math.Abs(counts[id] - Draws * expected[id]) <= 5 * deviation + (expected[id] == 0 ? 0 : 1),
                $"token {id}: drawn {counts[id]} times, expected {Draws * expected[id]:F0} ± {deviation:F0}"
            );
        }
    }

    [Property(MaxTest = 50)]
    public void A_seed_gives_the_same_sequences_however_many_are_asked_for(int modelSeed, long seed)
    {
        var model = new ToyModel(37, modelSeed, closingBias: 2);
        GeneratedSequence[] all = [.. model.Run(model.Search(Settings(5, seed: seed), Start), Start)];
        var one = model.Run(model.Search(Settings(1, seed: seed), Start), Start)[0];
        Assert.Contains(
            all,
            sequence => sequence.TokenIds.SequenceEqual(one.TokenIds) && sequence.LogProbabilities.SequenceEqual(one.LogProbabilities)
        );
        Assert.Equal(all.OrderByDescending(sequence => sequence.Score), all);
        GeneratedSequence[] again = [.. model.Run(model.Search(Settings(5, seed: seed), Start), Start)];
        Assert.Equal(
            all.Select(sequence => string.Join(' ', sequence.TokenIds)),
            again.Select(sequence => string.Join(' ', sequence.TokenIds))
        );
    }

    [Property(MaxTest = 30)]
    public void A_finished_sequence_gives_its_row_back(int modelSeed, long seed)
    {
        var model = new ToyModel(37, modelSeed, closingBias: 4);
        var rows = new List<int>();
        var all = model.Run(model.Search(Settings(8, seed: seed), Start), Start, search => rows.Add(search.Rows));
        int[] expected =
        [
            .. rows.Index()
                .Select(step =>
                    all.Count(sequence =>
                        sequence.TokenIds.Length > step.Index
                        && !(sequence.FinishReason == FinishReason.Length && sequence.TokenIds.Length == step.Index + 1)
                    )
                ),
        ];
        Assert.Equal(expected, rows);
    }

    [Fact]
    public void Log_probabilities_are_of_the_logits_before_any_change()
    {
        var model = new ToyModel(37, 3);
        var sequence = model.Run(model.Search(Settings() with { Temperature = 0.3f, TopK = 5, RepetitionPenalty = 1.5f }, Start), Start)[0];
        int[] ids = sequence.FinishReason == FinishReason.Stop ? [.. sequence.TokenIds, ToyModel.ClosingId] : sequence.TokenIds;
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(NaiveReference.LogSoftmax(model.Logits([.. Start, .. ids[..i]]))[ids[i]], sequence.LogProbabilities[i], 1e-4f);
        }
    }

    [Fact]
    public void Without_a_seed_each_caption_is_drawn_anew()
    {
        long next = 0;
        var model = new ToyModel(37, 3);
        var factory = new TokenSearchFactory(ToyModel.ClosingId, model.Vocabulary, DefectWords.None, () => next++);
        var settings = Settings() with { Seed = null };
        string[] drawn =
        [
            .. Enumerable.Range(0, 10).Select(_ => string.Join(' ', model.Run(factory.Create(settings, Start), Start)[0].TokenIds)),
        ];
        Assert.Equal(10, next);
        Assert.True(drawn.Distinct().Count() > 5);
    }

    [Fact]
    public void The_generator_is_xoshiro_seeded_by_split_mix()
    {
        // SplitMix64 from seed 0 begins E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F, F88BB8A8724C81EC (its published
        // test values); xoshiro256**'s first output is rotl(second * 5, 7) * 9.
        ulong expected = unchecked(ulong.RotateLeft(0x6E789E6AA1B965F4 * 5, 7) * 9);
        Assert.Equal(expected, new RowRandom(0, 0).Next());
        Assert.NotEqual(expected, new RowRandom(0, 1).Next());

        var random = new RowRandom(42, 3);
        double[] units = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextUnit())];
        Assert.All(units, unit => Assert.InRange(unit, 0, 1 - 1e-17));
        Assert.Equal(0.5, units.Average(), 0.005);
        Assert.Equal(1 / 12.0, units.Average(unit => (unit - 0.5) * (unit - 0.5)), 0.002);
    }
}
