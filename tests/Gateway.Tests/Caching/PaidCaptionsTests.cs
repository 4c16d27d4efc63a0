using ImageToText.Gateway.Caching;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Caching;

/// <summary>What a gateway remembers of captions that were paid.</summary>
public sealed class PaidCaptionsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PaidCaptions _paid;

    public PaidCaptionsTests() => _paid = new PaidCaptions(_time);

    [Fact]
    public void A_paid_caption_is_known_for_an_hour_however_often_it_is_made_again()
    {
        _paid.Add("a")(true);
        for (int minute = 0; minute < 60; minute++)
        {
            Assert.True(_paid.IsPaid("a", isAway: true));
            _time.Advance(TimeSpan.FromMinutes(1));
            _paid.Add(minute < 59 ? "a" : "b");
        }

        Assert.False(_paid.IsPaid("a", isAway: true));
    }

    [Fact]
    public void It_counts_while_the_cache_is_away_or_did_not_take_it()
    {
        _paid.Add("stored")(true);
        _paid.Add("lost")(false);
        Assert.False(_paid.IsPaid("stored", isAway: false));
        Assert.True(_paid.IsPaid("lost", isAway: false));
        Assert.False(_paid.IsPaid("other", isAway: true));
        _paid.Add("lost")(true);
        Assert.False(_paid.IsPaid("lost", isAway: false));
    }

    [Fact]
    public void The_oldest_are_forgotten_when_there_are_too_many()
    {
        for (int i = 0; i <= 100_000; i++)
        {
            _paid.Add($"{i}")(true);
        }

        Assert.False(_paid.IsPaid("0", isAway: true));
        Assert.True(_paid.IsPaid("1", isAway: true));
        Assert.True(_paid.IsPaid("100000", isAway: true));
    }
}
