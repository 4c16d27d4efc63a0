using System.Collections.Concurrent;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Caching;

/// <summary>
/// One caption that is being made or looked up. One request leads and obtains it; the others of this gateway wait for that.
/// </summary>
internal sealed class SingleFlight
{
    private readonly TaskCompletionSource<SingleFlightResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _led;

    /// <summary>The result.</summary>
    public Task<SingleFlightResult> Result => _result.Task;

    /// <summary>True for the first request: it leads, and must complete the flight.</summary>
    public bool TryLead() => Interlocked.Exchange(ref _led, 1) == 0;

    /// <summary>Gives the others the result; only the first call counts.</summary>
    public void Complete(SingleFlightResult result) => _result.TrySetResult(result);
}

/// <summary>The result of a flight.</summary>
/// <param name="Caption">The caption; null: there is none.</param>
/// <param name="WasKnown">Whether it was found rather than made.</param>
/// <param name="Refusal">
/// Why there is none, if that applies to everybody. If both are null, the leader has left and another must lead.
/// </param>
internal readonly record struct SingleFlightResult(CachedCaption? Caption, bool WasKnown, Refusal? Refusal);

/// <summary>The captions being made in this gateway.</summary>
internal sealed class SingleFlights
{
    private readonly ConcurrentDictionary<string, SingleFlight> _flights = new(StringComparer.Ordinal);

    /// <summary>Returns the flight for a caption, and starts it if there is none.</summary>
    public SingleFlight Join(string identity) => _flights.GetOrAdd(identity, static _ => new SingleFlight());

    /// <summary>Ends a flight; later requests start another.</summary>
    public void Complete(string identity, SingleFlight flight, SingleFlightResult result)
    {
        _flights.TryRemove(KeyValuePair.Create(identity, flight));
        flight.Complete(result);
    }
}
