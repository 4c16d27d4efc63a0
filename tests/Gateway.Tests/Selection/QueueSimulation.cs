using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Tests.Selection;

/// <summary>
/// Simulates captions that wait in their node's queue. Selector and stats are the product's. Nodes work on a fixed number of captions
/// at once, in order of arrival. Simulated time, one seed, no clock.
/// </summary>
internal sealed class QueueSimulation
{
    private const string Model = "m";
    private static readonly long[] Sizes = [224 * 224, 512 * 512, 1024 * 768];

    private readonly SimulatedEvents _events = new();
    private readonly Random _random = new(20260601);
    private readonly NodeSelector _selector;
    private readonly QueuedNode[] _nodes;
    private readonly NodeOffer[] _offers;
    private readonly List<double> _latencies = [];

    /// <param name="selector">Creates the selector.</param>
    /// <param name="nodes">Seconds per average picture for each node, and how many captions it works on at once.</param>
    public QueueSimulation(Func<SelectionOptions, Random, NodeSelector> selector, params (double Seconds, int AtOnce)[] nodes)
    {
        var options = new SelectionOptions();
        _selector = selector(options, new Random(1));
        _nodes =
        [
            .. nodes.Select(
                (node, i) =>
                    new QueuedNode(new NodeStats($"{i}", options, _events.Time, new Random(i)), node.Seconds / Sizes.Average(), node.AtOnce)
            ),
        ];
        _offers = [.. _nodes.Select(static node => new NodeOffer(node.Stats, Model, 1e-10m, Warm: true, Capacity: 64))];
    }

    /// <summary>Captions made by each node.</summary>
    public IEnumerable<int> Made => _nodes.Select(static node => node.Made);

    /// <summary>Captions that found every node full.</summary>
    public int Refused { get; private set; }

    /// <summary>The 95th percentile of the time from request to caption, in seconds.</summary>
    public double Percentile95 => _latencies.Order().ElementAt((int)(_latencies.Count * 0.95));

    /// <summary>Requests <paramref name="captions"/> captions at the given rate, as a Poisson process.</summary>
    public QueueSimulation Run(int captions, double perSecond)
    {
        double at = 0.0;
        for (int i = 0; i < captions; i++)
        {
            at -= Math.Log(1 - _random.NextDouble()) / perSecond;
            long pixels = Sizes[_random.Next(Sizes.Length)];
            _events.At(at, () => Ask(pixels));
        }

        _events.RunWhile(static () => true);
        return this;
    }

    private void Ask(long pixels)
    {
        if (_selector.Select(new SelectionRequest(Model, null), _offers).Offer is not { } offer)
        {
            Refused++;
            return;
        }

        var node = _nodes[Array.IndexOf(_offers, offer)];
        node.Stats.Began();
        double asked = _events.Now;
        double done = Math.Max(_events.Now, node.FreeAt.Dequeue()) + (pixels * node.SecondsPerPixel);
        node.FreeAt.Enqueue(done, done);
        _events.At(
            done,
            () =>
            {
                node.Made++;
                node.Stats.Delivered(Model, pixels, TimeSpan.FromSeconds(_events.Now - asked));
                _latencies.Add(_events.Now - asked);
            }
        );
    }

    private sealed class QueuedNode(NodeStats stats, double secondsPerPixel, int atOnce)
    {
        public NodeStats Stats => stats;

        public double SecondsPerPixel => secondsPerPixel;

        /// <summary>When each slot becomes free.</summary>
        public PriorityQueue<double, double> FreeAt { get; } = new(Enumerable.Repeat((0.0, 0.0), atOnce));

        public int Made { get; set; }
    }
}
