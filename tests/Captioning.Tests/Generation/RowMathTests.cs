using FsCheck.Xunit;
using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class RowMathTests
{
    [Property]
    public void Sums_maxima_and_counts_are_those_of_a_plain_loop(int seed, ushort size)
    {
        float[] row = new ToyModel(4 + size % 1000, seed).Logits([1]);
        Assert.Equal(Math.Log(row.Sum(value => Math.Exp(value))), RowMath.LogSumExp(row), 1e-5);
        Assert.Equal(Array.IndexOf(row, row.Max()), RowMath.IndexOfMax(row));
        Assert.Equal(row.Count(value => value >= row[0]), RowMath.CountAtLeast(row, row[0]));
    }

    [Fact]
    public void Of_equal_maxima_the_first_is_taken()
    {
        float[] row = new float[100];
        row[17] = row[19] = row[70] = 2;
        Assert.Equal(17, RowMath.IndexOfMax(row));
        row.AsSpan().Fill(float.NegativeInfinity);
        Assert.Equal(0, RowMath.IndexOfMax(row));
    }

    [Property]
    public void A_sum_does_not_depend_on_where_the_row_lies(int seed, byte before)
    {
        float[] row = new ToyModel(1002, seed).Logits([1]);
        float[] elsewhere = [.. new float[before], .. row, 1, 2, 3];
        Assert.Equal(RowMath.LogSumExp(row), RowMath.LogSumExp(elsewhere.AsSpan(before, row.Length)));
    }

    [Fact]
    public void A_sum_skips_what_is_impossible_and_refuses_what_is_no_number()
    {
        Assert.Equal(Math.Log(2), RowMath.LogSumExp([0, float.NegativeInfinity, 0]), 1e-6);
        Assert.Equal(1e30, RowMath.LogSumExp([1e30f, -1e30f]), 1e24);
        Assert.Throws<InvalidOperationException>(() => RowMath.LogSumExp([0, float.NaN]));
        Assert.Throws<InvalidOperationException>(() => RowMath.LogSumExp([0, float.PositiveInfinity]));
        Assert.Throws<InvalidOperationException>(() => RowMath.LogSumExp([float.NegativeInfinity]));
    }

    [Fact]
    public void A_log_probability_is_never_above_zero() => Assert.Equal(0, RowMath.LogProbability(3, 2.9999999));

    [Property]
    public void Top_candidates_are_the_first_of_the_sorted_whole(int seed, byte capacity, byte size, bool ties)
    {
        int keep = 1 + capacity % 32;
        int vocabulary = 4 + size;
        var top = new TopCandidates(keep);
        var all = new List<(float Score, int Row, int Token)>();
        for (int row = 0; row < 3; row++)
        {
            float[] scores = new ToyModel(vocabulary, seed).Logits([row]);
            if (ties)
            {
                scores = [.. scores.Select(score => MathF.Round(score))];
            }

            scores[row] = float.NegativeInfinity;
            top.Offer(scores, -row, row);
            all.AddRange(scores.Select((score, token) => (score - row, row, token)));
        }

        (float Score, int Row, int Token)[] expected =
        [
            .. all.Where(entry => !float.IsNegativeInfinity(entry.Score)).OrderByDescending(entry => entry.Score).Take(keep),
        ];
        Assert.Equal(expected.Select(entry => entry.Score), top.Scores.ToArray());
        Assert.Equal(expected.Select(entry => (entry.Row, entry.Token)), top.Rows.ToArray().Zip(top.Tokens.ToArray()));
    }
}
