using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Selection;

/// <summary>Discrete events in simulated time. Simultaneous events run in the order in which they were scheduled.</summary>
internal sealed class SimulatedEvents
{
    private readonly FakeTimeProvider _time = new();
    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private long _order;

    /// <summary>The simulated clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    /// <summary>Schedules an event, in seconds since the start.</summary>
    public void At(double when, Action happen) => _events.Enqueue(happen, (when, _order++));

    /// <summary>Runs events until none is left or <paramref name="goesOn"/> returns false.</summary>
    public void RunWhile(Func<bool> goesOn)
    {
        while (goesOn() && _events.TryDequeue(out var happen, out var when))
        {
            _time.Advance(TimeSpan.FromSeconds(Math.Max(0, when.At - Now)));
            Now = Math.Max(Now, when.At);
            happen();
        }
    }
}
