using System.Collections.Concurrent;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Caching;

/// <summary>One caption in the making: whoever leads makes or finds it, the others of this gateway wait for it.</summary>
internal sealed class SingleFlight
{
    private readonly TaskCompletionSource<SingleFlightResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _led;

    /// <summary>How it ends.</summary>
    public Task<SingleFlightResult> Result => _result.Task;

    /// <summary>True for the first to ask: it leads, and must complete the flight.</summary>
    public bool TryLead() => Interlocked.Exchange(ref _led, 1) == 0;

    /// <summary>Tells the others how it ended; only the first word counts.</summary>
    public void Complete(SingleFlightResult result) => _result.TrySetResult(result);
}

/// <summary>How a flight ended.</summary>
/// <param name="Caption">The caption; null: there is none.</param>
/// <param name="WasKnown">Whether it was found rather than made.</param>
/// <param name="Refusal">Why there is none, where that holds for everybody; null with no caption: who led has left, another is to lead.</param>
internal readonly record struct SingleFlightResult(CachedCaption? Caption, bool WasKnown, Refusal? Refusal);

/// <summary>The captions in the making in this gateway.</summary>
internal sealed class SingleFlights
{
    private readonly ConcurrentDictionary<string, SingleFlight> _flights = new(StringComparer.Ordinal);

    /// <summary>The flight to a caption, begun where there is none.</summary>
    public SingleFlight Join(string identity) => _flights.GetOrAdd(identity, static _ => new SingleFlight());

    /// <summary>Ends a flight: whoever comes later begins another.</summary>
    public void Complete(string identity, SingleFlight flight, SingleFlightResult result)
    {
        _flights.TryRemove(KeyValuePair.Create(identity, flight));
        flight.Complete(result);
    }
}
