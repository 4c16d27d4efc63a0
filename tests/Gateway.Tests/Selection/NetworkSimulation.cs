using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Tests.Selection;

/// <summary>
/// Simulates a gateway that chooses among nodes. Nodes differ in speed, capacity, price and warmth; they break, recover and change
/// their prices. Selector and stats are the product's; all else is simulated with discrete events, one seed and no clock.
/// </summary>
internal sealed class NetworkSimulation
{
    private const string Model = "m";
    private const int MaxAttempts = 5;
    private static readonly long[] Sizes = [224 * 224, 512 * 512, 1024 * 768, 1600 * 1200];

    private readonly SimulatedEvents _events = new();
    private readonly Random _random;
    private readonly NodeSelector _selector;
    private readonly SimulatedNode[] _nodes;
    private readonly Dictionary<string, SimulatedNode> _byId;
    private readonly SimulationResult _result = new();
    private readonly decimal? _cap;
    private NodeOffer[] _offers = [];

    public NetworkSimulation(
        int nodes,
        int seed,
        Func<SelectionOptions, Random, NodeSelector> selector,
        SelectionOptions options,
        decimal? cap
    )
    {
        _random = new Random(seed);
        _selector = selector(options, new Random(seed + 1));
        _cap = cap;
        _nodes =
        [
            .. Enumerable
                .Range(0, nodes)
                .Select(i => new SimulatedNode
                {
                    Stats = new NodeStats($"node-{i}", options, _events.Time, new Random(seed + 2 + i)),
                    // From seconds on a CPU to hundredths of a second on a GPU, for a 512 x 512 picture.
                    SecondsPerPixel = Math.Exp(_random.NextDouble() * Math.Log(40)) * 0.05 / (512 * 512),
                    Capacity = 2 + _random.Next(15),
                    Price = Math.Round((decimal)((1 + (4 * _random.NextDouble())) * 1e-10), 14),
                    Warm = _random.NextDouble() < 0.7,
                    HangsWhenDown = _random.NextDouble() < 0.3,
                }),
        ];
        _byId = _nodes.ToDictionary(static node => node.Stats.Id);
    }

    /// <summary>Runs until <paramref name="captions"/> captions have been requested and answered.</summary>
    /// <param name="captions">Number of captions to request.</param>
    /// <param name="perSecond">Arrival rate of the Poisson process.</param>
    public SimulationResult Run(int captions, double perSecond)
    {
        Refresh();
        foreach (var node in _nodes)
        {
            _events.At(Exponential(300), () => Break(node));
        }

        _events.At(5, ChangePrices);
        double at = 0.0;
        for (int i = 0; i < captions; i++)
        {
            at += Exponential(1 / perSecond);
            long pixels = Sizes[_random.Next(Sizes.Length)];
            _events.At(at, () => Ask(new SimulatedCaption(pixels, _events.Now)));
        }

        _events.RunWhile(() => _result.Ended < captions);
        return _result;
    }

    private void Ask(SimulatedCaption caption)
    {
        var selection = _selector.Select(new SelectionRequest(Model, _cap) { Tried = [.. caption.Tried] }, _offers);
        if (selection.Offer is not { } offer || caption.Tried.Count == MaxAttempts)
        {
            _result.Refused(selection.Refusal is { } refusal && caption.Tried.Count == 0 ? refusal.Status : 502);
            return;
        }

        var node = _byId[offer.Node.Id];
        caption.Tried.Add(node.Stats.Id);
        node.Stats.Began();
        _result.Attempts++;
        if (node.Down)
        {
            // A dead process refuses at once. A hung machine times out after two seconds.
            _events.At(_events.Now + (node.HangsWhenDown ? 2 : 0.002), () => Fail(node, caption));
            return;
        }

        node.Running++;
        double began = _events.Now;
        int warmUp = node.Warm ? 0 : 3;
        _result.Loads += node.Warm ? 0 : 1;
        node.Warm = true;
        double takes = warmUp + (caption.Pixels * node.SecondsPerPixel * (0.5 + ((double)node.Running / node.Capacity)));
        int life = node.Life;
        _events.At(
            _events.Now + takes,
            () =>
            {
                node.Running--;
                if (node.Life != life)
                {
                    Fail(node, caption); // The node broke while it was captioning.
                    return;
                }

                node.Stats.Delivered(Model, caption.Pixels, TimeSpan.FromSeconds(_events.Now - began));
                _result.Delivered(_events.Now - caption.At, offer.PricePerPixel, caption.Tried.Count);
            }
        );
    }

    private void Fail(SimulatedNode node, SimulatedCaption caption)
    {
        node.Stats.Failed();
        _result.Faults++;
        Ask(caption);
    }

    private void Break(SimulatedNode node)
    {
        node.Down = true;
        node.Life++;
        _events.At(
            _events.Now + Exponential(30),
            () =>
            {
                node.Down = false;
                node.Warm = false;
                _events.At(_events.Now + Exponential(300), () => Break(node));
            }
        );
    }

    private void ChangePrices()
    {
        for (int i = 0; i < 10; i++)
        {
            var node = _nodes[_random.Next(_nodes.Length)];
            node.Price = Math.Clamp(Math.Round(node.Price * (decimal)(0.5 + _random.NextDouble()), 14), 5e-11m, 1e-9m);
        }

        Refresh();
        _events.At(_events.Now + 5, ChangePrices);
    }

    // The effect of a new registry snapshot.
    private void Refresh() =>
        _offers = [.. _nodes.Select(static node => new NodeOffer(node.Stats, Model, node.Price, node.Warm, node.Capacity))];

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());

    private sealed record SimulatedCaption(long Pixels, double At)
    {
        public List<string> Tried { get; } = [];
    }

    private sealed class SimulatedNode
    {
        public required NodeStats Stats { get; init; }

        public required double SecondsPerPixel { get; init; }

        public required int Capacity { get; init; }

        public required bool HangsWhenDown { get; init; }

        public decimal Price { get; set; }

        public bool Warm { get; set; }

        public bool Down { get; set; }

        public int Life { get; set; }

        public int Running { get; set; }
    }
}

/// <summary>The result of a simulation.</summary>
internal sealed class SimulationResult
{
    private readonly List<double> _latencies = [];
    private readonly Dictionary<int, int> _refused = [];
    private decimal _prices;

    public int Attempts { get; set; }

    public int Faults { get; set; }

    /// <summary>Captions that had to wait for a model to load.</summary>
    public int Loads { get; set; }

    public int Ended { get; private set; }

    public int DeliveredCount => _latencies.Count;

    public double MeanPrice => (double)(_prices / Math.Max(1, _latencies.Count));

    public IReadOnlyDictionary<int, int> RefusedByStatus => _refused;

    public void Delivered(double seconds, decimal price, int attempts)
    {
        _latencies.Add(seconds);
        _prices += price;
        Retried += attempts > 1 ? 1 : 0;
        Ended++;
    }

    /// <summary>Captions that came from a second node or later.</summary>
    public int Retried { get; private set; }

    public void Refused(int status)
    {
        _refused[status] = _refused.GetValueOrDefault(status) + 1;
        Ended++;
    }

    public double Percentile(double share)
    {
        _latencies.Sort();
        return _latencies[(int)Math.Ceiling(_latencies.Count * share) - 1];
    }
}
