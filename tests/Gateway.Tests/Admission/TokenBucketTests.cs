using ImageToText.Gateway.Admission;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Admission;

public sealed class TokenBucketTests
{
    [Fact]
    public void The_burst_is_available_at_once_and_refills_at_the_rate()
    {
        var time = new FakeTimeProvider();
        var bucket = new TokenBucket(perSecond: 2, burst: 3, time);
        Assert.Null(bucket.TryTake());
        Assert.Null(bucket.TryTake(2));
        Assert.Equal(TimeSpan.FromSeconds(0.5), bucket.TryTake());
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(bucket.TryTake());
        Assert.NotNull(bucket.TryTake());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(bucket.TryTake(3));
        Assert.NotNull(bucket.TryTake());
    }

    [Fact]
    public void A_refused_request_takes_nothing()
    {
        var time = new FakeTimeProvider();
        var bucket = new TokenBucket(perSecond: 1, burst: 1, time);
        Assert.Null(bucket.TryTake());
        for (int i = 0; i < 100; i++)
        {
            Assert.NotNull(bucket.TryTake());
        }

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(bucket.TryTake());
    }
}
