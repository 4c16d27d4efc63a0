namespace ImageToText.InferenceService.Registration;

/// <summary>
/// Pauses between failed calls. Each is twice as long as the one before, up to a limit, and shortened at random so that nodes do
/// not call in step.
/// </summary>
/// <param name="atLeast">The first pause.</param>
/// <param name="atMost">The longest.</param>
/// <param name="random">Returns numbers from 0 to 1.</param>
internal sealed class Backoff(TimeSpan atLeast, TimeSpan atMost, Func<double> random)
{
    private int _failures;

    /// <summary>A call succeeded.</summary>
    public void Reset() => _failures = 0;

    /// <summary>A call failed.</summary>
    /// <returns>How long to wait: between half of the pause and all of it.</returns>
    public TimeSpan Next()
    {
        var pause = atLeast * Math.Pow(2, Math.Min(_failures++, 20));
        return (pause < atMost ? pause : atMost) * (0.5 + random() / 2);
    }
}
