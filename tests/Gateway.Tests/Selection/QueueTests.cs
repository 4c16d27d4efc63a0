using System.Globalization;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Selection.Policies;

namespace ImageToText.Gateway.Tests.Selection;

/// <summary>
/// Nodes that accept many more requests than they work on at once: the product's rules against the shortest queue.
/// </summary>
public sealed class QueueTests(ITestOutputHelper output)
{
    private const int Captions = 20_000;

    [Theory]
    [InlineData("two nodes, one caption at a time", 16, new[] { 0.1, 0.1 }, new[] { 1, 1 })]
    [InlineData("four nodes, one caption at a time", 32, new[] { 0.1, 0.1, 0.1, 0.1 }, new[] { 1, 1, 1, 1 })]
    [InlineData("one four times as fast as the other", 10, new[] { 0.1, 0.4 }, new[] { 1, 1 })]
    [InlineData("two nodes, sixteen at a time", 130, new[] { 0.2, 0.2 }, new[] { 16, 16 })]
    [InlineData("sixteen at a time beside one at a time", 70, new[] { 0.2, 1 }, new[] { 16, 1 })]
    public void Captions_wait_little_longer_than_with_the_shortest_queue_rule(
        string network,
        double perSecond,
        double[] seconds,
        int[] atOnce
    )
    {
        (double, int)[] nodes = [.. seconds.Zip(atOnce)];
        var standard = new QueueSimulation(NodeSelector.Standard, nodes).Run(Captions, perSecond);
        var shortest = new QueueSimulation(
            static (options, _) => new NodeSelector([new CapacityPolicy(options), new ShortestQueuePolicy()]),
            nodes
        ).Run(Captions, perSecond);

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {network} | {perSecond} | {standard.Percentile95 * 1000:F0} | {shortest.Percentile95 * 1000:F0} |"
            )
        );
        Assert.Equal((0, Captions), (standard.Refused, standard.Made.Sum()));
        Assert.True(
            standard.Percentile95 < 2 * shortest.Percentile95,
            $"{standard.Percentile95} s, but with the shortest queue {shortest.Percentile95} s."
        );
    }

    private sealed class ShortestQueuePolicy : ISelectionPolicy
    {
        public string Name => "shortest_queue";

        public void Narrow(SelectionRequest request, OfferList offers) =>
            offers.Choose(offers.ToArray().MinBy(static offer => offer.Node.InFlight)!);

        public Errors.Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Errors.Refusals.NoNode(request.ModelId);
    }
}
