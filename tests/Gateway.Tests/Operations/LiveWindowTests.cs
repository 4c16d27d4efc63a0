using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Live;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Operations;

public sealed class LiveWindowTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Each_second_is_reported_once_when_it_is_over()
    {
        var window = new LiveWindow(_time);
        window.Delivered(CacheOutcome.Miss, 7, 0.5m, TimeSpan.FromMilliseconds(40));
        window.Delivered(CacheOutcome.Hit, 7, 0.25m, TimeSpan.FromMilliseconds(2));
        window.Delivered(CacheOutcome.Coalesced, 7, 0.25m, TimeSpan.FromMilliseconds(2));
        window.Refused(new Refusal(415, "unsupported_image", ""));
        window.Refused(new Refusal(429, "overloaded", ""));
        window.Refused(new Refusal(502, "caption_failed", ""));
        window.NodeFailed();
        Assert.Empty(window.Read(0).Seconds);

        _time.Advance(TimeSpan.FromSeconds(1));
        var (until, seconds) = window.Read(0);
        var second = Assert.Single(seconds);
        Assert.Equal(until, second.At);
        Assert.Equal((3, 1, 1), (second.Captions, second.Hits, second.Coalesced));
        Assert.Equal((1, 1, 1, 1), (second.Refused, second.Overloaded, second.Failed, second.NodeFaults));
        // Cache hits cost no tokens.
        Assert.Equal(7, second.Tokens);
        Assert.Empty(window.Read(until).Seconds);
        Assert.Equal(1.00m, window.Summarize().CostUsd);
    }

    [Fact]
    public void A_caption_that_nobody_waited_for_counts_and_has_no_latency()
    {
        var window = new LiveWindow(_time);
        window.Delivered(CacheOutcome.Miss, 7, 0.5m, elapsed: null);
        _time.Advance(TimeSpan.FromSeconds(1));
        var sum = window.Summarize();
        Assert.Equal((1, 0.5m), (sum.Captions, sum.CostUsd));
        Assert.Equal(window.Summarize().P99Ms, new LiveWindow(_time).Summarize().P99Ms);
    }

    [Fact]
    public void The_window_keeps_its_length_and_drops_older_seconds()
    {
        var window = new LiveWindow(_time);
        for (int i = 0; i < 3 * LiveWindow.Kept; i++)
        {
            window.Delivered(CacheOutcome.Miss, 1, 0, TimeSpan.FromMilliseconds(10));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var (until, seconds) = window.Read(0);
        Assert.Equal(
            Enumerable.Range(0, LiveWindow.Kept).Select(back => until - LiveWindow.Kept + 1 + back),
            seconds.Select(static second => second.At)
        );
        Assert.All(seconds, static second => Assert.Equal(1, second.Captions));
        Assert.Equal(LiveWindow.Summarized, window.Summarize().Captions);

        _time.Advance(TimeSpan.FromSeconds(2 * LiveWindow.Kept));
        Assert.Empty(window.Read(0).Seconds);
        Assert.Equal((0, null), (window.Summarize().Captions, window.Summarize().P50Ms));
    }

    [Fact]
    public void A_clock_set_back_does_not_count_a_second_twice()
    {
        var time = new SetBackTime(_time);
        var window = new LiveWindow(time);
        window.Delivered(CacheOutcome.Miss, 1, 0, TimeSpan.Zero);
        time.Offset = TimeSpan.FromHours(-1);
        _time.Advance(TimeSpan.FromSeconds(1));
        window.Delivered(CacheOutcome.Miss, 1, 0, TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1, 1], window.Read(0).Seconds.Select(static second => second.Captions));
    }

    [Fact]
    public void Percentiles_are_accurate_to_five_percent_over_the_whole_range()
    {
        var random = new Random(7);
        var window = new LiveWindow(_time);
        double[] times = Enumerable.Range(0, 5_000).Select(_ => Math.Exp(random.NextDouble() * Math.Log(60_000))).Order().ToArray();
        foreach (double elapsed in times)
        {
            window.Delivered(CacheOutcome.Miss, 1, 0, TimeSpan.FromMilliseconds(elapsed));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        var summary = window.Summarize();
        foreach (var (share, found) in new[] { (0.5, summary.P50Ms), (0.95, summary.P95Ms), (0.99, summary.P99Ms) })
        {
            Assert.InRange(found!.Value / times[(int)Math.Ceiling(times.Length * share) - 1], 0.95, 1.05);
        }
    }

    private sealed class SetBackTime(FakeTimeProvider time) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;
    }
}
