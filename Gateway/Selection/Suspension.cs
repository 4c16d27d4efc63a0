namespace ImageToText.Gateway.Selection;

/// <summary>
/// Keeps requests away from a failing node. Each fault in a row doubles the rest (with jitter, so that gateways do not come back
/// together). When it is over, one request at a time probes the node until one succeeds.
/// </summary>
internal sealed class Suspension(SelectionOptions options, TimeProvider time, Random random)
{
    private readonly Lock _gate = new();
    private int _faults;
    private long _until;
    private bool _probing;

    /// <summary>Faults since the last success.</summary>
    public int Faults
    {
        get
        {
            lock (_gate)
            {
                return _faults;
            }
        }
    }

    /// <summary>Whether a request may go to the node now.</summary>
    public SuspensionState State
    {
        get
        {
            lock (_gate)
            {
                return _faults == 0 ? SuspensionState.Open
                    : !_probing && time.GetTimestamp() >= _until ? SuspensionState.Probe
                    : SuspensionState.Resting;
            }
        }
    }

    /// <summary>Starts a request; returns whether it is the probe of a node that failed.</summary>
    public bool Begin()
    {
        lock (_gate)
        {
            return _faults > 0 && !_probing && time.GetTimestamp() >= _until && (_probing = true);
        }
    }

    /// <summary>A request succeeded, so the node is trusted again.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            _faults = 0;
            _probing = false;
        }
    }

    /// <summary>A request failed through the node's fault. Returns how long the node rests.</summary>
    public TimeSpan Failed()
    {
        lock (_gate)
        {
            // Requests that were under way together fail together. Only the first of them lengthens the rest.
            if (_faults > 0 && !_probing && time.GetTimestamp() < _until)
            {
                return time.GetElapsedTime(time.GetTimestamp(), _until);
            }

            _faults++;
            _probing = false;
            int doublings = Math.Min(_faults - 1, 20);
            double rest = options.SuspendAtFirst.TotalSeconds * Math.Pow(2, doublings);
            rest = Math.Min(rest, options.SuspendAtMost.TotalSeconds) * (0.8 + (0.4 * random.NextDouble()));
            _until = time.GetTimestamp() + (long)(rest * time.TimestampFrequency);
            return TimeSpan.FromSeconds(rest);
        }
    }

    /// <summary>A probe ended without saying anything about the node's health (the caller left, or was at fault).</summary>
    public void Undecided()
    {
        lock (_gate)
        {
            _probing = false;
        }
    }
}

/// <summary>Whether a node may be asked.</summary>
internal enum SuspensionState
{
    /// <summary>It did not fail lately.</summary>
    Open,

    /// <summary>It failed and has rested, and one request may find out whether it has recovered.</summary>
    Probe,

    /// <summary>It failed and is resting, or is being probed.</summary>
    Resting,
}
