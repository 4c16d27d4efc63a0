namespace ImageToText.PricingService.Storage;

/// <summary>Wakes everyone who waits for a change: after a commit here, or when another replica's commit is noticed.</summary>
/// <typeparam name="TConcern">What changes.</typeparam>
internal sealed class Signal<TConcern>
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next change. Take it before you look, so that none is missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Something has changed.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for <paramref name="next"/>, but no longer than this.</summary>
    public static async Task WaitAsync(Task next, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(next, Task.Delay(atMost, time, given.Token));
        await given.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
