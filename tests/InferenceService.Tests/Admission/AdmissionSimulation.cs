using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Errors;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.InferenceService.Tests.Admission;

/// <summary>
/// Simulates a node behind the real admission: a queue and a batch whose captions slow each other down, though by less than their
/// number. Requests arrive at random and independently of answers (an open loop).
/// </summary>
internal sealed class AdmissionSimulation(NodeAdmissionOptions options, int seed)
{
    private const int BatchSize = 8;

    // Captions that a full batch finishes in the time of a single caption.
    private const double BatchGain = 1.6;
    private const string Model = "tester/cats";

    private readonly FakeTimeProvider _time = new();
    private readonly Random _random = new(seed);
    private readonly List<Request> _batch = [];
    private readonly Queue<Request> _queue = new();

    public CaptionAdmission Admission => field ??= new CaptionAdmission(Options.Create(options), _time);

    /// <summary>Mean seconds that a single caption takes.</summary>
    public required double Alone { get; set; }

    /// <summary>The node's maximum captions per second.</summary>
    public double Saturation => BatchGain / Alone;

    /// <summary>Sends requests for some time, then waits for those in progress.</summary>
    /// <param name="rate">Requests per second.</param>
    /// <param name="seconds">Duration.</param>
    public Load Run(double rate, double seconds)
    {
        var load = new Load(seconds);
        double end = Now + seconds;
        for (double next = Now + Gap(rate); next < end || _batch.Count > 0; )
        {
            if (_batch.Count > 0 && Now + NextEnd() <= next)
            {
                Pass(NextEnd());
                Finish(load, end);
            }
            else if (next < end)
            {
                Pass(next - Now);
                Arrive(load);
                next += Gap(rate);
            }
            else
            {
                next = double.PositiveInfinity;
            }
        }
        return load;
    }

    private double Now { get; set; }

    private double Speed => (1 + ((BatchGain - 1) * (_batch.Count - 1) / (BatchSize - 1))) / _batch.Count;

    private double NextEnd() => Math.Max(0, _batch.Min(request => request.Left) / Speed);

    private double Gap(double rate) => -Math.Log(1 - _random.NextDouble()) / rate;

    private void Pass(double seconds)
    {
        double speed = Speed;
        foreach (var request in _batch)
        {
            request.Left -= seconds * speed;
        }

        Now += seconds;
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private void Arrive(Load load)
    {
        if (!Admission.TryEnter(yields: false, out var admitted, out var refusal))
        {
            load.Refusals.Add(refusal);
            return;
        }
        admitted.Begin(Model);
        // Short and long captions.
        _queue.Enqueue(new Request(admitted, Now) { Left = Alone * (0.5 + _random.NextDouble()) });
        FillBatch();
    }

    private void Finish(Load load, double end)
    {
        const double least = 1e-9;
        foreach (var request in _batch.Where(request => request.Left <= least).ToArray())
        {
            _batch.Remove(request);
            request.AdmittedCaption.Complete();
            request.AdmittedCaption.Dispose();
            load.Latencies.Add(Now - request.Arrived);
            if (Now <= end)
            {
                load.InTime++;
            }
        }
        FillBatch();
    }

    private void FillBatch()
    {
        while (_batch.Count < BatchSize && _queue.TryDequeue(out var request))
        {
            _batch.Add(request);
        }
    }

    private sealed class Request(CaptionAdmission.AdmittedCaption admitted, double arrived)
    {
        public CaptionAdmission.AdmittedCaption AdmittedCaption { get; } = admitted;

        public double Arrived { get; } = arrived;

        public double Left { get; set; }
    }

    /// <summary>The outcome of the requests.</summary>
    internal sealed class Load(double seconds)
    {
        /// <summary>Seconds from each admitted request's arrival to its caption.</summary>
        public List<double> Latencies { get; } = [];

        public List<NodeRefusal> Refusals { get; } = [];

        /// <summary>Captions finished while requests arrived.</summary>
        public int InTime { get; set; }

        /// <summary>Captions per second.</summary>
        public double Goodput => InTime / seconds;

        public double Percentile(double share) => Latencies.Order().ElementAt((int)Math.Ceiling(share * Latencies.Count) - 1);
    }
}
