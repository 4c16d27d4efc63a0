using System.Collections.Concurrent;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Caching;

/// <summary>One caption in the making: whoever leads makes or finds it, the others of this gateway wait for it.</summary>
internal sealed class Flight
{
    private readonly TaskCompletionSource<Landing> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _led;

    /// <summary>How it ends.</summary>
    public Task<Landing> Landing => _landing.Task;

    /// <summary>True for the first to ask: it leads, and must land the flight.</summary>
    public bool TryLead() => Interlocked.Exchange(ref _led, 1) == 0;

    /// <summary>Tells the others how it ended; only the first word counts.</summary>
    public void End(Landing landing) => _landing.TrySetResult(landing);
}

/// <summary>How a flight ended.</summary>
/// <param name="Caption">The caption; null: there is none.</param>
/// <param name="WasKnown">Whether it was found rather than made.</param>
/// <param name="Refusal">Why there is none, where that holds for everybody; null with no caption: who led has left, another is to lead.</param>
internal readonly record struct Landing(KeptCaption? Caption, bool WasKnown, Refusal? Refusal);

/// <summary>The captions in the making in this gateway.</summary>
internal sealed class Flights
{
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>The flight to a caption, begun where there is none.</summary>
    public Flight Join(string identity) => _flights.GetOrAdd(identity, static _ => new Flight());

    /// <summary>Ends a flight: whoever comes later begins another.</summary>
    public void Land(string identity, Flight flight, Landing landing)
    {
        _flights.TryRemove(KeyValuePair.Create(identity, flight));
        flight.End(landing);
    }
}
