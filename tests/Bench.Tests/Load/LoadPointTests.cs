using ImageToText.Bench.Load;

namespace ImageToText.Bench.Tests.Load;

/// <summary>What counts as delivered, and which latencies are reported.</summary>
public sealed class LoadPointTests
{
    private static readonly SweepPlan Plan = new()
    {
        Factors = [1],
        LeadIn = TimeSpan.FromSeconds(1),
        Length = TimeSpan.FromSeconds(10),
        Callers = 1,
        Saturation = TimeSpan.FromSeconds(1),
        Target = TimeSpan.FromSeconds(2),
    };

    [Fact]
    public void Only_requests_due_after_the_lead_in_are_measured_and_only_timely_ones_are_good()
    {
        var point = LoadPoint.Of(
            Plan,
            1,
            2,
            [
                [
                    Arrival(0.5, 0.9, Outcome.Answered), // before the measurement
                    Arrival(0.9, 1.5, Outcome.Answered), // finished during the measurement: delivered, not measured
                    Arrival(2, 3, Outcome.Answered),
                    Arrival(3, 6, Outcome.Answered), // later than the target
                    Arrival(4, 4.01, Outcome.Refused),
                    Arrival(5, 5.5, Outcome.Failed),
                    Arrival(10, 11.5, Outcome.Answered), // finished after the measurement: measured, not delivered
                ],
            ]
        );
        Assert.Equal((5, 3, 1, 1), (point.Requests, point.Answered, point.Refused, point.Failed));
        Assert.Equal(0.2, point.GoodputPerSecond, 6);
        Assert.Equal(3000, point.LatencyMs!.Max, 3.0);
        Assert.Equal(1500, point.LatencyMs.P50, 2.0);
        Assert.Equal(10, point.RefusalMs!.P99, 0.1);
    }

    [Fact]
    public void Rounds_are_counted_together()
    {
        var point = LoadPoint.Of(
            Plan,
            1,
            2,
            [
                [Arrival(2, 3, Outcome.Answered), Arrival(3, 3.5, Outcome.Answered)],
                [Arrival(0.5, 3, Outcome.Answered), Arrival(5, 5.01, Outcome.Refused)],
            ]
        );
        Assert.Equal((3, 2, 1), (point.Requests, point.Answered, point.Refused));
        Assert.Equal(0.1, point.GoodputPerSecond, 6);
    }

    [Fact]
    public void Percentiles_cover_all_latencies_to_three_digits()
    {
        var percentiles = Percentiles.Of(Enumerable.Range(1, 1000).Select(static i => TimeSpan.FromMilliseconds(i)))!;
        Assert.Equal(500, percentiles.P50, 0.5);
        Assert.Equal(950, percentiles.P95, 1.0);
        Assert.Equal(990, percentiles.P99, 1.0);
        Assert.Equal(1000, percentiles.Max, 1.0);
        Assert.Null(Percentiles.Of([]));
    }

    private static Arrival Arrival(double due, double done, Outcome outcome) =>
        new(TimeSpan.FromSeconds(due), TimeSpan.FromSeconds(due), TimeSpan.FromSeconds(done), outcome);
}
