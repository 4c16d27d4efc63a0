using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.ServiceDefaults.Tests;

/// <summary>How long a request waits for Redis, by how long it has taken lately.</summary>
public sealed class MeasuredPatienceTests
{
    private static readonly TimeSpan Configured = TimeSpan.FromMilliseconds(25);
    private readonly FakeTimeProvider _time = new();
    private readonly MeasuredPatience _patience;

    public MeasuredPatienceTests() => _patience = new MeasuredPatience(_time);

    [Fact]
    public void A_store_that_is_slow_for_three_minutes_is_never_given_up_where_fixed_patience_gave_it_up_often()
    {
        // Twenty lookups a second on a machine that gets busy: most answers within 25 ms, many of them later.
        var random = new Random(1);
        int withFixed = 0;
        int withMeasured = 0;
        for (int i = 0; i < 3_600; i++)
        {
            double load = i < 200 ? 1 : 1 + (20 * random.NextDouble() * random.NextDouble());
            var took = TimeSpan.FromMilliseconds((1 + (4 * random.NextDouble())) * load);
            withFixed += took > Configured ? 1 : 0;
            var allowed = _patience.Allow(Configured);
            if (took > allowed)
            {
                withMeasured++;
                _patience.WaitedInVain(allowed);
            }

            _patience.Took(took);
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.InRange(withFixed, 500, 3_600);
        Assert.Equal(0, withMeasured);
    }

    [Fact]
    public void It_is_never_less_than_configured_and_never_more_than_twenty_times_that()
    {
        Assert.Equal(Configured, _patience.Allow(Configured));
        _patience.Took(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Configured, _patience.Allow(Configured));
        _patience.Took(TimeSpan.FromHours(1));
        Assert.Equal(20 * Configured, _patience.Allow(Configured));
        Assert.Equal(TimeSpan.MaxValue, _patience.Allow(TimeSpan.MaxValue));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Configured, _patience.Allow(Configured));
    }

    [Fact]
    public void A_wait_in_vain_doubles_it_until_an_answer_comes()
    {
        _patience.WaitedInVain(_patience.Allow(Configured));
        Assert.Equal(2 * Configured, _patience.Allow(Configured));
        _patience.WaitedInVain(_patience.Allow(Configured));
        Assert.Equal(4 * Configured, _patience.Allow(Configured));
        _patience.Took(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Configured, _patience.Allow(Configured));
    }
}
