namespace ImageToText.AppHost.Tests.Running;

/// <summary>What comes true by itself, sooner or later: telemetry arrives, a registry hears of a node.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static Task HoldsAsync(Func<bool> condition) => HoldsAsync(() => Task.FromResult(condition()));

    /// <exception cref="TimeoutException">It did not come true.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Longest);
        while (!await condition())
        {
            try
            {
                await Task.Delay(Pause, late.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"It did not come true within {Longest}.");
            }
        }
    }
}
