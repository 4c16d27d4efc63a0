using ImageToText.Bench.Load;

namespace ImageToText.Bench.Tests.Load;

public sealed class PoissonArrivalsTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1000);

    [Fact]
    public void The_same_seed_gives_the_same_arrivals_and_another_seed_others()
    {
        Assert.Equal(PoissonArrivals.Draw(5, Length, seed: 1), PoissonArrivals.Draw(5, Length, seed: 1));
        Assert.NotEqual(PoissonArrivals.Draw(5, Length, seed: 1), PoissonArrivals.Draw(5, Length, seed: 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void They_arrive_at_the_rate_with_gaps_as_uneven_as_those_of_independent_callers(double perSecond)
    {
        var arrivals = PoissonArrivals.Draw(perSecond, Length, seed: 3);
        double[] gaps = arrivals.Zip(arrivals.Skip(1), static (one, next) => (next - one).TotalSeconds).ToArray();
        double mean = gaps.Average();
        double deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));
        Assert.All(gaps, static gap => Assert.True(gap >= 0));
        Assert.InRange(arrivals.Length, 0.9 * perSecond * 1000, 1.1 * perSecond * 1000);
        Assert.InRange(deviation / mean, 0.9, 1.1);
        Assert.True(arrivals[^1] < Length);
    }
}
