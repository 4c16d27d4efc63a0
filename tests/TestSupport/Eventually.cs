namespace ImageToText.TestSupport;

/// <summary>Waits for something that another process or thread does. Only a failure takes long.</summary>
public static class Eventually
{
    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="OperationCanceledException">It did not hold within <paramref name="seconds"/>.</exception>
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
