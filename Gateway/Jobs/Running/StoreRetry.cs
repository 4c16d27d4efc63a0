using System.Data.Common;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Repeats work on a job while the store, the queue or the disk fails, with a pause after each failure.</summary>
internal sealed class StoreRetry(TimeProvider time)
{
    /// <summary>The pause.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly EndlessRetry _retry = new(Pause, Pause, time);

    /// <summary>Does the work until it succeeds.</summary>
    public Task UntilDoneAsync(Func<CancellationToken, ValueTask> work, Action<Exception> failed, CancellationToken cancellationToken) =>
        _retry.UntilDoneAsync(work, Passes, (failure, _) => failed(failure), cancellationToken);

    /// <summary>Whether a failure is one of these.</summary>
    public static bool Passes(Exception failure) =>
        StoreFault.CauseOf(failure) is DbException or DbUpdateException or IOException or TimeoutException or Quartz.SchedulerException;
}
