using FsCheck.Xunit;
using ImageToText.InferenceService.Admission;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.InferenceService.Tests.Admission;

public sealed class CaptionAdmissionTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>Seconds for a single caption, the target, and the maximum in progress.</summary>
    public static TheoryData<double, double, int> Nodes =>
        new()
        {
            { 1.0, 8, 256 },
            { 0.04, 0.5, 256 },
            { 2.5, 30, 256 },
        };

    [Theory]
    [MemberData(nameof(Nodes))]
    public void At_twice_the_saturation_rate_99_percent_of_admitted_requests_meet_the_target(double alone, double target, int most)
    {
        var node = Simulated(alone, target, most, seed: 1);
        var load = node.Run(2 * node.Saturation, seconds: 3000 * alone);

        Assert.InRange(load.Percentile(0.99), 0.5 * target, target);
        Assert.NotEmpty(load.Refusals);
        Assert.All(load.Refusals, refusal => Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, double.Epsilon, 4 * target));
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Throughput_does_not_drop_past_saturation(double alone, double target, int most)
    {
        double Goodput(double share)
        {
            var node = Simulated(alone, target, most, seed: 2);
            return node.Run(share * node.Saturation, seconds: 2000 * alone).Goodput;
        }

        double[] goodputs = [.. new[] { 0.5, 0.9, 1, 1.25, 1.5, 2 }.Select(Goodput)];
        Assert.True(Goodput(3) >= 0.95 * goodputs.Max(), $"{Goodput(3)} of {goodputs.Max()}");
    }

    [Fact]
    public void A_node_with_capacity_refuses_nobody()
    {
        var node = Simulated(alone: 1, target: 20, most: 256, seed: 3);
        Assert.Empty(node.Run(0.6 * node.Saturation, seconds: 2000).Refusals);
    }

    [Fact]
    public void A_node_admits_fewer_when_it_slows_down_and_more_when_it_recovers()
    {
        var node = Simulated(alone: 1, target: 10, most: 256, seed: 4);
        node.Run(2 * node.Saturation, 1000);
        int fast = node.Admission.Limit;
        node.Alone = 3;
        node.Run(2 * node.Saturation, 500);
        int slow = node.Admission.Limit;
        var load = node.Run(2 * node.Saturation, 3000);
        node.Alone = 1;
        node.Run(2 * node.Saturation, 3000);

        Assert.InRange(slow, 1, fast / 2);
        Assert.True(load.Percentile(0.95) <= 10, $"{load.Percentile(0.95)} s");
        Assert.InRange(node.Admission.Limit, 0.7 * fast, 1.5 * fast);
    }

    [Fact]
    public void Without_a_target_only_the_count_matters()
    {
        var node = Simulated(alone: 1, target: null, most: 40, seed: 5);
        var load = node.Run(3 * node.Saturation, 300);

        Assert.Equal(40, node.Admission.Limit);
        Assert.NotEmpty(load.Refusals);
        Assert.True(load.Percentile(0.5) > 20);
    }

    [Fact]
    public void Requests_that_yield_fill_what_is_left_and_never_cause_a_refusal()
    {
        var admission = new CaptionAdmission(
            Options.Create(new NodeAdmissionOptions { MaxRequests = 3, LatencyTarget = TimeSpan.FromSeconds(10) }),
            _time
        );
        using (var first = Enter(admission))
        {
            first.Begin("cats");
            _time.Advance(TimeSpan.FromSeconds(2));
            first.Complete();
        }

        // Three captions take six of the ten seconds, and there is room for three.
        var places = Enumerable.Range(0, 3).Select(_ => Enter(admission, yields: true)).ToList();
        places.ForEach(static place => place.Begin("cats"));
        Assert.False(admission.TryEnter(yields: true, out _, out _));
        places.AddRange(Enumerable.Range(0, 3).Select(_ => Enter(admission)));
        Assert.Equal(6, admission.InHand);
        places.Skip(3).ToList().ForEach(static place => place.Begin("cats"));
        Assert.False(admission.TryEnter(yields: false, out _, out _));

        // What the others leave is for those that yield, but no more.
        places.Take(3).ToList().ForEach(static place => place.Dispose());
        Assert.False(admission.TryEnter(yields: true, out _, out _));
        places[3].Dispose();
        using var left = Enter(admission, yields: true);
        places.ForEach(static place => place.Dispose());
    }

    [Fact]
    public void An_idle_node_accepts_a_caption_that_takes_longer_than_the_target()
    {
        var admission = Create(target: 1);
        for (int i = 0; i < 5; i++)
        {
            using var place = Enter(admission);
            place.Begin("slow");
            _time.Advance(TimeSpan.FromSeconds(7));
            Assert.False(admission.TryEnter(yields: false, out _, out _));
            place.Complete();
        }

        Assert.Equal(1, admission.Limit);
    }

    [Fact]
    public void A_model_that_is_too_slow_is_refused_once_its_time_is_known()
    {
        var admission = Create(target: 12);
        foreach (var (model, seconds, times) in new[] { ("slow", 8, 1), ("fast", 1, 200) })
        {
            for (int i = 0; i < times; i++)
            {
                using var place = Enter(admission);
                place.Begin(model);
                _time.Advance(TimeSpan.FromSeconds(seconds));
                place.Complete();
            }
        }

        using var first = Enter(admission);
        first.Begin("slow");
        using var second = Enter(admission);
        using var third = Enter(admission);

        second.Begin("fast");
        var refused = Assert.Throws<NotAdmittedException>(() => third.Begin("slow"));
        Assert.InRange(refused.Refusal.RetryAfter!.Value.TotalSeconds, 8, 12);
    }

    [Fact]
    public void Clients_that_disconnect_do_not_make_the_node_look_slow()
    {
        var admission = Create(target: 10);
        for (int i = 0; i < 100; i++)
        {
            using (var place = Enter(admission))
            {
                place.Begin("cats");
                _time.Advance(TimeSpan.FromSeconds(1));
                place.Complete();
            }

            using var leaver = Enter(admission);
            leaver.Begin("cats");
            _time.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.InRange(admission.ServiceTimes().Single().Time.TotalSeconds, 0.999, 1.001);
    }

    [Fact]
    public void A_stalled_node_counts_as_slow_before_it_recovers()
    {
        var admission = Create(target: 60);
        using var place = Enter(admission);
        place.Begin("cats");
        _time.Advance(TimeSpan.FromSeconds(59));

        Assert.False(admission.TryEnter(yields: false, out _, out var refusal));
        Assert.Contains("latency target of 60 s", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, 58, 60);
    }

    /// <summary>Requests arrive, start, end and fail in any order, and the counts stay right throughout.</summary>
    [Property]
    public bool Places_are_counted_whatever_happens(byte[] events, byte target)
    {
        int most = 6;
        var admission = new CaptionAdmission(
            Options.Create(new NodeAdmissionOptions { MaxRequests = most, LatencyTarget = TimeSpan.FromSeconds(1 + (target % 20)) }),
            _time
        );
        var entered = new List<CaptionAdmission.AdmittedCaption>();
        var begun = new List<CaptionAdmission.AdmittedCaption>();
        foreach (byte happens in events)
        {
            _time.Advance(TimeSpan.FromSeconds(happens / 64.0));
            switch (happens % 4)
            {
                case 0 when admission.TryEnter(yields: false, out var place, out _):
                    entered.Add(place);
                    break;
                case 1 when entered.Count > 0:
                    var next = entered[0];
                    entered.RemoveAt(0);
                    try
                    {
                        next.Begin(happens % 8 == 1 ? "cats" : "dogs");
                        begun.Add(next);
                    }
                    catch (NotAdmittedException)
                    {
                        next.Dispose();
                    }
                    break;
                case 2 or 3 when begun.Count > 0:
                    var last = begun[happens % begun.Count];
                    begun.Remove(last);
                    if (happens % 4 == 2)
                    {
                        last.Complete();
                    }

                    last.Dispose();
                    last.Dispose();
                    break;
            }
            if (
                admission.InHand != entered.Count + begun.Count
                || admission.InHand > most
                || admission.Limit is < 1
                || admission.Limit > most
                || admission.Work < TimeSpan.Zero
                || (admission.InHand == 0 && admission.Work != TimeSpan.Zero)
            )
            {
                return false;
            }
        }
        begun.Concat(entered).ToList().ForEach(place => place.Dispose());
        return admission.InHand == 0 && admission.TryEnter(yields: false, out _, out _) && !admission.Drain().IsCompleted;
    }

    private CaptionAdmission Create(double target) =>
        new(Options.Create(new NodeAdmissionOptions { LatencyTarget = TimeSpan.FromSeconds(target) }), _time);

    private static CaptionAdmission.AdmittedCaption Enter(CaptionAdmission admission, bool yields = false)
    {
        Assert.True(admission.TryEnter(yields, out var place, out var refusal), refusal?.Message);
        return place;
    }

    private static AdmissionSimulation Simulated(double alone, double? target, int most, int seed) =>
        new(
            new NodeAdmissionOptions { MaxRequests = most, LatencyTarget = target is { } seconds ? TimeSpan.FromSeconds(seconds) : null },
            seed
        )
        {
            Alone = alone,
        };
}
