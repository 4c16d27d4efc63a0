namespace ImageToText.TestSupport;

/// <summary>Waits for what another process or thread brings about; only its absence takes long.</summary>
public static class Eventually
{
    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="OperationCanceledException">It did not within <paramref name="seconds"/>.</exception>
    public static Task HoldsAsync(Func<bool> condition, double seconds = 120) => HoldsAsync(() => Task.FromResult(condition()), seconds);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, double)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, double seconds = 120)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            await Task.Delay(10, late.Token);
        }
    }
}
