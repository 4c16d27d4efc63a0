using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Admission;

/// <summary>The request was not let in; the message says why.</summary>
internal sealed class NotAdmittedException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>Lets caption requests in, up to a number and until the node drains, and knows when the last one is done.</summary>
internal sealed class CaptionAdmission(IOptions<AdmissionOptions> options)
{
    private readonly Lock _gate = new();
    private readonly int _most = options.Value.MaxRequests;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inHand;
    private bool _draining;

    /// <summary>Requests in hand.</summary>
    public int InHand
    {
        get
        {
            lock (_gate)
                return _inHand;
        }
    }

    /// <summary>Lets one request in, until what is returned is disposed.</summary>
    /// <exception cref="NotAdmittedException">The node is full, or drains.</exception>
    public Admitted Enter()
    {
        lock (_gate)
        {
            if (_draining)
                throw new NotAdmittedException("This node is shutting down. Try another one.", TimeSpan.FromSeconds(5));
            if (_inHand == _most)
                throw new NotAdmittedException($"This node has {_most} requests in hand, as many as it takes. Try again later.", TimeSpan.FromSeconds(1));
            _inHand++;
        }
        return new Admitted(this);
    }

    /// <summary>Lets no further request in.</summary>
    /// <returns>Completes when the last request in hand is done.</returns>
    public Task Drain()
    {
        lock (_gate)
        {
            _draining = true;
            if (_inHand == 0)
                _empty.TrySetResult();
        }
        return _empty.Task;
    }

    private void Leave()
    {
        lock (_gate)
        {
            _inHand--;
            if (_draining && _inHand == 0)
                _empty.TrySetResult();
        }
    }

    /// <summary>A request's place.</summary>
    internal readonly struct Admitted(CaptionAdmission admission) : IDisposable
    {
        public void Dispose() => admission.Leave();
    }
}
