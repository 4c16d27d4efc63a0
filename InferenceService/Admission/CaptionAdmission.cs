using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ImageToText.InferenceService.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Admission;

/// <summary>The request was admitted, and is refused now that its model is known.</summary>
internal sealed class NotAdmittedException(NodeRefusal refusal) : NodeRefusalException(refusal);

/// <summary>
/// Admits caption requests: up to a number, only as many as the node can answer within the latency target by its own
/// measurements, and only until it drains. It also knows when the last one is done. Requests that yield fill what the others leave:
/// they are refused for anyone's work, the others only for their own.
/// </summary>
internal sealed class CaptionAdmission(IOptions<NodeAdmissionOptions> options, TimeProvider time)
{
    // Admitted requests are expected to finish a little before the target.
    private const double Aim = 0.9;

    // One caption later than expected outweighs a hundred on time, so 99 of 100 end up on time.
    private const double LateStep = 1.1;
    private const double InTimeStep = 0.999;
    private const double LeastCaution = 0.5;
    private const double MostCaution = 4;

    private readonly Lock _gate = new();
    private readonly int _most = options.Value.MaxRequests;
    private readonly TimeSpan? _target = options.Value.LatencyTarget;
    private readonly WorkEstimate _work = new(time);
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time = time;
    private readonly Counts _inHand = new();
    private readonly Counts _begun = new();
    private bool _draining;

    // How much longer the slowest captions take than the mean.
    private double _caution = 1;

    /// <summary>Requests in hand.</summary>
    public int InHand
    {
        get
        {
            lock (_gate)
            {
                return _inHand.All;
            }
        }
    }

    /// <summary>Requests that may be in hand now.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
            {
                return LimitLocked();
            }
        }
    }

    /// <summary>The time until everything in hand is done, by past measurements.</summary>
    public TimeSpan Work
    {
        get
        {
            lock (_gate)
            {
                return WorkLocked(yields: true);
            }
        }
    }

    /// <summary>How much of the node's time one caption of each model takes, by past measurements.</summary>
    public IReadOnlyList<(string Model, TimeSpan Time)> ServiceTimes()
    {
        lock (_gate)
        {
            return _work.ServiceTimes();
        }
    }

    /// <summary>Admits one request, until the result is disposed. A refusal is cheap: nothing of the request was read.</summary>
    /// <param name="yields">Whether it lets others go first.</param>
    /// <param name="admitted">Its slot.</param>
    /// <param name="refusal">Why there is none.</param>
    public bool TryEnter(bool yields, [NotNullWhen(true)] out AdmittedCaption? admitted, [NotNullWhen(false)] out NodeRefusal? refusal)
    {
        lock (_gate)
        {
            refusal = RefuseLocked(yields);
            if (refusal is not null)
            {
                admitted = null;
                return false;
            }
            _inHand.Add(yields, 1);
        }
        admitted = new AdmittedCaption(this, yields);
        return true;
    }

    /// <summary>Admits no more requests.</summary>
    /// <returns>Completes when the last request in hand is done.</returns>
    public Task Drain()
    {
        lock (_gate)
        {
            _draining = true;
            if (_inHand.All == 0)
            {
                _empty.TrySetResult();
            }
        }
        return _empty.Task;
    }

    private NodeRefusal? RefuseLocked(bool yields)
    {
        if (_draining)
        {
            return Refused("This node is shutting down. Try another one.", TimeSpan.FromSeconds(5));
        }

        int inHand = _inHand.Before(yields);
        var work = WorkLocked(yields);
        if (inHand >= _most)
        {
            return Refused($"This node has {inHand} requests in hand, the most it accepts. Try again later.", work);
        }

        return inHand >= LimitLocked() || (inHand > 0 && work + Expected(_work.Mean) > Aim * _target) ? TooMuchWorkLocked(yields) : null;
    }

    private static NodeRefusal Refused(string reason, TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, reason, retryAfter);

    private NodeRefusal TooMuchWorkLocked(bool yields)
    {
        var work = WorkLocked(yields);
        return Refused(
            string.Create(
                CultureInfo.InvariantCulture,
                $"This node has {_inHand.Before(yields)} requests in hand, which take {work.TotalSeconds:0.0} s: another "
                    + $"would miss its latency target of {_target!.Value.TotalSeconds:0.###} s. Try again later."
            ),
            work
        );
    }

    private int LimitLocked()
    {
        var each = Expected(_work.Mean);
        return _target is { } target && each > TimeSpan.Zero ? (int)Math.Clamp(Aim * target / each, 1, _most) : _most;
    }

    // Requests whose model is not known yet count as an average caption.
    private TimeSpan WorkLocked(bool yields) =>
        Expected(_work.Begun(yields) + ((_inHand.Before(yields) - _begun.Before(yields)) * _work.Mean));

    private TimeSpan Expected(TimeSpan mean) => mean * _caution;

    /// <returns>When its caption is expected, on average.</returns>
    private TimeSpan Begin(string model, bool yields)
    {
        lock (_gate)
        {
            var expected = _work.Begun(yields) + _work.Of(model);
            if (_begun.Before(yields) > 0 && Expected(expected) > _target)
            {
                throw new NotAdmittedException(TooMuchWorkLocked(yields));
            }

            _work.Begin(model, yields);
            _begun.Add(yields, 1);
            return expected;
        }
    }

    private void End(string model, bool yields, TimeSpan expected, TimeSpan took, bool delivered)
    {
        lock (_gate)
        {
            _begun.Add(yields, -1);
            _work.End(model, yields, delivered);
            // A node with little to do shows nothing about how punctual it is under load, and whoever yields isn't meant to be punctual.
            if (delivered && !yields && 2 * Expected(expected) >= _target)
            {
                _caution = Math.Clamp(_caution * (took > Expected(expected) ? LateStep : InTimeStep), LeastCaution, MostCaution);
            }
        }
    }

    private void Leave(bool yields)
    {
        lock (_gate)
        {
            _inHand.Add(yields, -1);
            if (_draining && _inHand.All == 0)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>A request's slot, used by one request at a time.</summary>
    internal sealed class AdmittedCaption(CaptionAdmission admission, bool yields) : IDisposable
    {
        private string? _model;
        private TimeSpan _expected;
        private long _began;
        private bool _left;

        /// <summary>The request has been read, and its caption starts.</summary>
        /// <param name="model">Its model.</param>
        /// <exception cref="NotAdmittedException">This model takes longer than the time available.</exception>
        public void Begin(string model)
        {
            _expected = admission.Begin(model, yields);
            _model = model;
            _began = admission._time.GetTimestamp();
        }

        /// <summary>The caption is ready; sending it is not the node's work.</summary>
        public void Complete() => End(delivered: true);

        public void Dispose()
        {
            if (_left)
            {
                return;
            }

            _left = true;
            End(delivered: false);
            admission.Leave(yields);
        }

        private void End(bool delivered)
        {
            if (_model is { } model)
            {
                admission.End(model, yields, _expected, admission._time.GetElapsedTime(_began), delivered);
            }

            _model = null;
        }
    }

    /// <summary>Numbers of requests: those that yield, and the others.</summary>
    private sealed class Counts
    {
        private int _first;
        private int _yielding;

        /// <summary>Both.</summary>
        public int All => _first + _yielding;

        /// <summary>Those that a request has before it: everyone if it yields.</summary>
        public int Before(bool yields) => yields ? All : _first;

        public void Add(bool yields, int number)
        {
            if (yields)
            {
                _yielding += number;
            }
            else
            {
                _first += number;
            }
        }
    }
}
