namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>Waits for what another process or thread brings about; only its absence takes long.</summary>
internal static class Eventually
{
    public static Task HoldsAsync(Func<bool> condition, double seconds = 30) => HoldsAsync(() => Task.FromResult(condition()), seconds);

    public static async Task HoldsAsync(Func<Task<bool>> condition, double seconds = 30)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            await Task.Delay(10, late.Token);
        }
    }
}
