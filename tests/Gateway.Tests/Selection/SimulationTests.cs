using System.Globalization;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Selection.Policies;

namespace ImageToText.Gateway.Tests.Selection;

/// <summary>
/// All policies together: 200 nodes, 25,000 captions, faults and price changes. docs/selection.md has the figures for 100,000
/// (IMAGETOTEXT_SIMULATED_CAPTIONS).
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Nodes = 200;
    private const double PerSecond = 400;

    private static readonly int Captions = int.Parse(
        Environment.GetEnvironmentVariable("IMAGETOTEXT_SIMULATED_CAPTIONS") ?? "25000",
        CultureInfo.InvariantCulture
    );

    [Fact]
    public void Two_hundred_nodes_deliver_despite_faults_and_price_changes_and_every_policy_helps()
    {
        var standard = Run("standard", NodeSelector.Standard);
        var blind = Run(
            "without health",
            static (options, random) =>
                new NodeSelector([
                    new TriedPolicy(),
                    new PriceCapPolicy(),
                    new CapacityPolicy(options),
                    new WarmFirstPolicy(),
                    new TwoChoicesPolicy(options, random),
                ])
        );
        var drawn = Run(
            "one choice at random",
            static (options, random) =>
                new NodeSelector([
                    new HealthPolicy(),
                    new PriceCapPolicy(),
                    new CapacityPolicy(options),
                    new WarmFirstPolicy(),
                    new DrawPolicy(random),
                ])
        );
        var cold = Run(
            "without warm first",
            static (options, random) =>
                new NodeSelector([
                    new HealthPolicy(),
                    new PriceCapPolicy(),
                    new CapacityPolicy(options),
                    new TwoChoicesPolicy(options, random),
                ])
        );
        var thrifty = Run("price weight 20", NodeSelector.Standard, new SelectionOptions { PriceWeight = 20 });
        var capped = Run("cap of 2e-10", NodeSelector.Standard, cap: 2e-10m);

        Assert.Equal(Captions, standard.DeliveredCount);
        Assert.True(standard.Faults * 2 < blind.Faults, "Suspension must at least halve the requests that hit a broken node.");
        Assert.True(standard.Percentile(0.95) * 1.25 < drawn.Percentile(0.95), "Two choices must beat one.");
        Assert.True(standard.Loads < cold.Loads, "Fewer captions must wait for a model to load.");
        Assert.True(thrifty.MeanPrice < standard.MeanPrice, "A higher price weight must lower the mean price.");
        Assert.True(capped.MeanPrice <= 2e-10, "Nobody may pay more than the cap.");
    }

    [Fact]
    public void The_same_seed_gives_the_same_network_the_same_choices_and_the_same_result()
    {
        var first = Simulate(NodeSelector.Standard, new SelectionOptions(), null, 5_000);
        var second = Simulate(NodeSelector.Standard, new SelectionOptions(), null, 5_000);
        Assert.Equal((first.Attempts, first.Faults, first.Percentile(0.99)), (second.Attempts, second.Faults, second.Percentile(0.99)));
    }

    private static SimulationResult Simulate(
        Func<SelectionOptions, Random, NodeSelector> selector,
        SelectionOptions options,
        decimal? cap,
        int captions
    ) => new NetworkSimulation(Nodes, seed: 20260131, selector, options, cap).Run(captions, PerSecond);

    private SimulationResult Run(
        string name,
        Func<SelectionOptions, Random, NodeSelector> selector,
        SelectionOptions? options = null,
        decimal? cap = null
    )
    {
        var result = Simulate(selector, options ?? new SelectionOptions(), cap, Captions);
        var refused = result.RefusedByStatus.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Value} x {pair.Key}");
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {result.DeliveredCount} | {string.Join(", ", refused)} | {result.Faults} | {result.Retried} "
                    + $"| {result.Loads} | {result.Percentile(0.5) * 1000:F0} | "
                    + $"{result.Percentile(0.95) * 1000:F0} | {result.Percentile(0.99) * 1000:F0} | {result.MeanPrice:E2} |"
            )
        );
        return result;
    }

    private sealed class TriedPolicy : ISelectionPolicy
    {
        public string Name => "tried";

        public void Narrow(SelectionRequest request, OfferList offers) => offers.Exclude(offer => request.Tried.Contains(offer.Node.Id));

        public Errors.Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Errors.Refusals.NoNode(request.ModelId);
    }

    private sealed class DrawPolicy(Random random) : ISelectionPolicy
    {
        public string Name => "draw";

        public void Narrow(SelectionRequest request, OfferList offers) => offers.Choose(offers[random.Next(offers.Count)]);

        public Errors.Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Errors.Refusals.NoNode(request.ModelId);
    }
}
