using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Selection.Policies;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Selection;

public sealed class PolicyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SelectionOptions _options = new();

    [Fact]
    public void Health_excludes_suspended_unhealthy_and_already_tried_nodes()
    {
        var (failed, unwell, tried, well) = (Offer("failed"), Offer("unwell"), Offer("tried"), Offer("well"));
        Fail(failed);
        unwell.Node.ActivelyUnhealthy = true;
        Assert.Equal([well], Narrow(new HealthPolicy(), ["tried"], failed, unwell, tried, well));
    }

    [Fact]
    public void Health_lets_one_request_at_a_time_probe_a_node_after_its_suspension()
    {
        var (failed, well) = (Offer("failed"), Offer("well"));
        Fail(failed);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([failed, well], Narrow(new HealthPolicy(), [], failed, well));
        failed.Node.Began();
        Assert.Equal([well], Narrow(new HealthPolicy(), [], failed, well));
        failed.Node.Delivered("m", 1, TimeSpan.FromSeconds(1));
        Assert.Equal([failed, well], Narrow(new HealthPolicy(), [], failed, well));
    }

    [Fact]
    public void Health_tries_suspended_nodes_rather_than_none_but_never_twice()
    {
        var failed = Offer("failed");
        Fail(failed);
        Assert.Equal([failed], Narrow(new HealthPolicy(), [], failed));
        Assert.Empty(Narrow(new HealthPolicy(), ["failed"], failed));
        Assert.Equal(503, new HealthPolicy().Explain(new SelectionRequest("m", null), [failed]).Status);
    }

    [Fact]
    public void Price_cap_excludes_dearer_offers_and_names_the_cheapest()
    {
        var (cheap, dear) = (Offer("cheap", price: 1e-10m), Offer("dear", price: 3e-10m));
        var policy = new PriceCapPolicy();
        Assert.Equal([cheap], Narrow(policy, new SelectionRequest("m", 1e-10m), cheap, dear));
        Assert.Equal([cheap, dear], Narrow(policy, new SelectionRequest("m", null), cheap, dear));
        var refusal = policy.Explain(new SelectionRequest("m", 5e-11m), [cheap, dear]);
        Assert.Equal((402, 1e-10m), (refusal.Status, refusal.CheapestPricePerPixel));
    }

    [Theory]
    [InlineData(null, 2e-10)]
    [InlineData(0.5, 1.5e-10)]
    [InlineData(0.0, 1e-10)]
    public void Price_cap_holds_for_all_sequences_asked_for(double? share, double charged)
    {
        var offer = Offer("a", price: 1e-10m) with { SequenceShare = (decimal?)share };
        var policy = new PriceCapPolicy();
        var request = new SelectionRequest("m", (decimal)charged) { Sequences = 2 };
        Assert.Equal([offer], Narrow(policy, request, offer));
        Assert.Empty(Narrow(policy, request with { MaxPricePerPixel = (decimal)charged - 1e-12m }, offer));
        Assert.Equal((decimal)charged, policy.Explain(request, [offer]).CheapestPricePerPixel);
    }

    [Fact]
    public void Capacity_skips_full_and_busy_nodes_and_says_when_to_retry()
    {
        var (full, busy, free) = (Offer("full", capacity: 1), Offer("busy"), Offer("free"));
        full.Node.Began();
        busy.Node.Began();
        busy.Node.Busy(TimeSpan.FromSeconds(3));
        var policy = new CapacityPolicy(_options);
        Assert.Equal([free], Narrow(policy, [], full, busy, free));
        Assert.Equal(TimeSpan.FromSeconds(3), policy.Explain(new SelectionRequest("m", null), [busy]).RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([busy, free], Narrow(policy, [], full, busy, free));
    }

    [Fact]
    public void Items_of_jobs_leave_a_node_as_free_as_it_was_to_others()
    {
        var node = Offer("node", capacity: 2);
        var policy = new CapacityPolicy(_options);
        var (waits, item) = (new SelectionRequest("m", null), new SelectionRequest("m", null) { IsItem = true });
        using (node.Node.CountItem())
        using (node.Node.CountItem())
        {
            node.Node.Began();
            node.Node.Began();
            Assert.Equal([node], Narrow(policy, waits, node));
            Assert.Empty(Narrow(policy, item, node));
            node.Node.Delivered("m", 1, TimeSpan.FromSeconds(9), isItem: true);
            Assert.Null(node.Node.ExpectedSecondsPerPixel("m"));
        }

        node.Node.Began();
        Assert.Empty(Narrow(policy, waits, node));
    }

    [Theory]
    [InlineData("background", "white", true)]
    [InlineData("background", "#102030", true)]
    [InlineData("background", "drop", false)]
    [InlineData("sixteen_bit", "scale", true)]
    [InlineData("sixteen_bit", "clip", false)]
    [InlineData("frame", "2", true)]
    [InlineData("frame", "0", false)]
    [InlineData("num_beams", "3", false)]
    public void Pixels_that_plain_runners_read_otherwise_exclude_them(string option, string value, bool excluded)
    {
        var (own, runner) = (Offer("own"), Offer("runner") with { IsNative = false });
        var policy = new PixelChoicePolicy();
        var parameters = CaptionParameters.Read(known => known.Name == option ? value : null);
        var request = new SelectionRequest("m", null) { OwnPixels = parameters.OwnPixels };
        Assert.Equal(excluded ? [own] : [own, runner], Narrow(policy, request, own, runner));
        if (excluded)
        {
            var refusal = policy.Explain(request, [runner]);
            Assert.Equal((422, option), (refusal.Status, refusal.Parameter));
        }
    }

    [Fact]
    public void Warm_nodes_come_before_cold_ones()
    {
        var (warm, cold) = (Offer("warm"), Offer("cold", warm: false));
        Assert.Equal([warm], Narrow(new WarmFirstPolicy(), [], cold, warm));
        Assert.Equal([cold], Narrow(new WarmFirstPolicy(), [], cold));
    }

    [Fact]
    public void An_outdated_time_does_not_affect_a_new_one()
    {
        var node = Offer("node").Node;
        Deliver(node, seconds: 10);
        Deliver(node, seconds: 5);
        Assert.Equal(10 + (_options.LatencyWeight * (5 - 10)), node.SecondsPerPixel("m"));
        _time.Advance(_options.LatencyLifetime);
        Assert.Null(node.SecondsPerPixel("m"));
        Deliver(node, seconds: 1);
        Assert.Equal(1, node.SecondsPerPixel("m"));

        static void Deliver(NodeStats node, double seconds)
        {
            node.Began();
            node.Delivered("m", 1, TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void The_faster_emptier_or_cheaper_of_two_nodes_wins()
    {
        var policy = new TwoChoicesPolicy(_options, new Random(1));
        var (fast, slow) = (Timed("fast", 0.1), Timed("slow", 0.2));
        Assert.Equal([fast], Narrow(policy, [], slow, fast));

        var (loaded, idle) = (Timed("loaded", 0.1), Timed("idle", 0.12));
        for (int i = 0; i < 4; i++)
        {
            loaded.Node.Began();
        }

        Assert.Equal([idle], Narrow(policy, [], loaded, idle));

        var (cheap, dear) = (Timed("cheap", 0.11, 1e-10m), Timed("dear", 0.1, 4e-10m));
        Assert.Equal([cheap], Narrow(policy, [], cheap, dear));
        Assert.Equal([dear], Narrow(new TwoChoicesPolicy(new SelectionOptions { PriceWeight = 0 }, new Random(1)), [], cheap, dear));
    }

    [Fact]
    public void A_nodes_expected_time_grows_with_its_load_since_it_was_timed()
    {
        var node = Offer("node", capacity: 64).Node;
        for (int i = 0; i < 4; i++)
        {
            node.Began();
        }

        node.Delivered("m", 1, TimeSpan.FromSeconds(2));
        Assert.Equal(2, node.ExpectedSecondsPerPixel("m"));
        for (int i = 0; i < 4; i++)
        {
            node.Began();
        }

        Assert.Equal((2, 4), (node.SecondsPerPixel("m"), node.ExpectedSecondsPerPixel("m")));
        for (int i = 0; i < 7; i++)
        {
            node.Ended();
        }

        Assert.Equal(0.5, node.ExpectedSecondsPerPixel("m"));
    }

    [Fact]
    public void A_price_in_wei_and_the_same_price_in_dollars_lead_to_the_same_choice()
    {
        decimal wei = new Contracts.Prices.Price(80_000m, 1m, Contracts.Prices.Currency.Wei).UsdPerPixel(3125m)!.Value;
        decimal usd = new Contracts.Prices.Price(0.00000000025m).UsdPerPixel(3125m)!.Value;
        Assert.Equal(usd, wei);
        for (int seed = 0; seed < 100; seed++)
        {
            var inWei = NodeSelector
                .Standard(_options, new Random(seed))
                .Select(new SelectionRequest("m", 2.5e-10m), [Timed("a", 0.1, wei), Timed("b", 0.1, 2e-10m)]);
            var inUsd = NodeSelector
                .Standard(_options, new Random(seed))
                .Select(new SelectionRequest("m", 2.5e-10m), [Timed("a", 0.1, usd), Timed("b", 0.1, 2e-10m)]);
            Assert.Equal(inUsd.Offer!.Node.Id, inWei.Offer!.Node.Id);
        }
    }

    [Fact]
    public void Each_consecutive_fault_doubles_the_suspension_up_to_its_limit()
    {
        var suspension = new Suspension(_options, _time, new Middle());
        var rests = new List<double>();
        for (int i = 0; i < 9; i++)
        {
            var rest = suspension.Failed();
            rests.Add(Math.Round(rest.TotalSeconds, 6));
            Assert.Equal(SuspensionState.Resting, suspension.State);
            _time.Advance(rest);
            Assert.Equal(SuspensionState.Probe, suspension.State);
            Assert.True(suspension.Begin());
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 120, 120], rests);
        suspension.Succeeded();
        Assert.Equal(SuspensionState.Open, suspension.State);
    }

    [Fact]
    public void Requests_that_fail_at_the_same_time_count_as_one_fault()
    {
        var suspension = new Suspension(_options, _time, new Middle());
        for (int i = 0; i < 50; i++)
        {
            suspension.Failed();
        }

        Assert.Equal(1, suspension.Faults);
    }

    [Fact]
    public void The_95th_percentile_is_known_after_twenty_captions()
    {
        var window = new LatencyWindow();
        for (int i = 1; i < 20; i++)
        {
            window.Add("m", 100, TimeSpan.FromMilliseconds(i));
        }

        Assert.Null(window.Percentile95("m", 100));
        for (int i = 20; i <= 100; i++)
        {
            window.Add("m", 100, TimeSpan.FromMilliseconds(i));
        }

        Assert.Equal(95, window.Percentile95("m", 100)!.Value.TotalMilliseconds, 3);
        Assert.Equal(190, window.Percentile95("m", 200)!.Value.TotalMilliseconds, 3);
    }

    private static void Fail(NodeOffer offer)
    {
        offer.Node.Began();
        offer.Node.Failed();
    }

    private static NodeOffer[] Narrow(ISelectionPolicy policy, string[] tried, params NodeOffer[] offers) =>
        Narrow(policy, new SelectionRequest("m", null) { Tried = [.. tried] }, offers);

    private static NodeOffer[] Narrow(ISelectionPolicy policy, SelectionRequest request, params NodeOffer[] offers)
    {
        var list = new OfferList(offers);
        policy.Narrow(request, list);
        return list.ToArray();
    }

    private NodeOffer Timed(string id, double seconds, decimal price = 2.5e-10m)
    {
        var offer = Offer(id, price, capacity: 8);
        offer.Node.Began();
        offer.Node.Delivered("m", 1, TimeSpan.FromSeconds(seconds));
        return offer;
    }

    private NodeOffer Offer(string id, decimal price = 2.5e-10m, bool warm = true, int capacity = 4) =>
        new(new NodeStats(id, _options, _time, new Random(1)), "m", price, warm, capacity);

    // No jitter.
    private sealed class Middle : Random
    {
        public override double NextDouble() => 0.5;
    }
}
