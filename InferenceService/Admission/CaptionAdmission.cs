using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Admission;

/// <summary>The request was not let in.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="RetryAfter">When to try again.</param>
internal sealed record Refusal(string Reason, TimeSpan RetryAfter);

/// <summary>The request was let in, and is refused now that its model is known.</summary>
internal sealed class NotAdmittedException(Refusal refusal) : Exception(refusal.Reason)
{
    public TimeSpan RetryAfter { get; } = refusal.RetryAfter;
}

/// <summary>
/// Lets caption requests in: up to a number, as many as the node can answer within the latency target by what it measures of itself, and
/// until it drains. Knows when the last one is done.
/// </summary>
internal sealed class CaptionAdmission(IOptions<AdmissionOptions> options, TimeProvider time)
{
    // What is let in is expected to be done a little before the target.
    private const double Aim = 0.9;

    // One caption later than expected outweighs a hundred in time: 99 of 100 come to be in time.
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
    private int _inHand;
    private int _begun;
    private bool _draining;

    // The latest captions take this much longer than the mean says.
    private double _caution = 1;

    /// <summary>Requests in hand.</summary>
    public int InHand
    {
        get
        {
            lock (_gate)
            {
                return _inHand;
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

    /// <summary>Time until what is in hand is done, by what was measured.</summary>
    public TimeSpan Work
    {
        get
        {
            lock (_gate)
            {
                return WorkLocked();
            }
        }
    }

    /// <summary>Time that one caption of each model takes of the node, by what was measured.</summary>
    public IReadOnlyList<(string Model, TimeSpan Time)> ServiceTimes()
    {
        lock (_gate)
        {
            return _work.ServiceTimes();
        }
    }

    /// <summary>Lets one request in, until what is returned is disposed. Cheap where it is refused: nothing of it was read.</summary>
    /// <param name="admitted">Its place.</param>
    /// <param name="refusal">Why there is none.</param>
    public bool TryEnter([NotNullWhen(true)] out Admitted? admitted, [NotNullWhen(false)] out Refusal? refusal)
    {
        lock (_gate)
        {
            refusal = RefuseLocked();
            if (refusal is not null)
            {
                admitted = null;
                return false;
            }
            _inHand++;
        }
        admitted = new Admitted(this);
        return true;
    }

    /// <summary>Lets no further request in.</summary>
    /// <returns>Completes when the last request in hand is done.</returns>
    public Task Drain()
    {
        lock (_gate)
        {
            _draining = true;
            if (_inHand == 0)
            {
                _empty.TrySetResult();
            }
        }
        return _empty.Task;
    }

    private Refusal? RefuseLocked()
    {
        if (_draining)
        {
            return new Refusal("This node is shutting down. Try another one.", TimeSpan.FromSeconds(5));
        }

        if (_inHand == _most)
        {
            return new Refusal($"This node has {_most} requests in hand, as many as it takes. Try again later.", WorkLocked());
        }

        return _inHand >= LimitLocked() || (_inHand > 0 && WorkLocked() + Expected(_work.Mean) > Aim * _target)
            ? TooMuchWorkLocked()
            : null;
    }

    private Refusal TooMuchWorkLocked()
    {
        var work = WorkLocked();
        return new Refusal(
            string.Create(
                CultureInfo.InvariantCulture,
                $"This node has {_inHand} requests in hand and works on them for {work.TotalSeconds:0.0} s: another would not be done within its latency target of {_target!.Value.TotalSeconds:0.###} s. Try again later."
            ),
            work
        );
    }

    private int LimitLocked()
    {
        var each = Expected(_work.Mean);
        return _target is { } target && each > TimeSpan.Zero ? (int)Math.Clamp(Aim * target / each, 1, _most) : _most;
    }

    // Those whose model is not known yet take what a caption takes on the whole.
    private TimeSpan WorkLocked() => Expected(_work.Begun + ((_inHand - _begun) * _work.Mean));

    private TimeSpan Expected(TimeSpan mean) => mean * _caution;

    /// <returns>When its caption is expected, as a mean.</returns>
    private TimeSpan Begin(string model)
    {
        lock (_gate)
        {
            var expected = _work.Begun + _work.Of(model);
            if (_begun > 0 && Expected(expected) > _target)
            {
                throw new NotAdmittedException(TooMuchWorkLocked());
            }

            _work.Begin(model);
            _begun++;
            return expected;
        }
    }

    private void End(string model, TimeSpan expected, TimeSpan took, bool delivered)
    {
        lock (_gate)
        {
            _begun--;
            _work.End(model, delivered);
            // A node with little to do says nothing of how it keeps time when it has much.
            if (delivered && 2 * Expected(expected) >= _target)
            {
                _caution = Math.Clamp(_caution * (took > Expected(expected) ? LateStep : InTimeStep), LeastCaution, MostCaution);
            }
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _inHand--;
            if (_draining && _inHand == 0)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>A request's place. Used by one request at a time.</summary>
    internal sealed class Admitted(CaptionAdmission admission) : IDisposable
    {
        private string? _model;
        private TimeSpan _expected;
        private long _began;
        private bool _left;

        /// <summary>The request is read, and its caption is begun.</summary>
        /// <param name="model">Its model.</param>
        /// <exception cref="NotAdmittedException">This model takes longer than there is time.</exception>
        public void Begin(string model)
        {
            _expected = admission.Begin(model);
            _model = model;
            _began = admission._time.GetTimestamp();
        }

        /// <summary>The caption is there; sending it is not the node's work.</summary>
        public void Complete() => End(delivered: true);

        public void Dispose()
        {
            if (_left)
            {
                return;
            }

            _left = true;
            End(delivered: false);
            admission.Leave();
        }

        private void End(bool delivered)
        {
            if (_model is { } model)
            {
                admission.End(model, _expected, admission._time.GetElapsedTime(_began), delivered);
            }

            _model = null;
        }
    }
}
