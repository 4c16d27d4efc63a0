using ImageToText.ServiceDefaults.Shutdown;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Admission;

/// <summary>
/// The node's shutdown: from the signal on no caption is admitted, and the listener stays open until those in hand are done. So
/// callers are told to go elsewhere instead of finding nobody.
/// </summary>
internal sealed partial class CaptionDrain(
    CaptionAdmission admission,
    Drain drain,
    IOptions<NodeAdmissionOptions> options,
    TimeProvider time,
    ILogger<CaptionDrain> logger
) : IHostedLifecycleService
{
    private CancellationTokenRegistration _started;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _started = drain.Started.Register(() => admission.Drain());
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        var empty = admission.Drain();
        if (!empty.IsCompleted)
        {
            Log.Waiting(logger, admission.InHand, options.Value.DrainTimeout);
        }

        try
        {
            await empty.WaitAsync(options.Value.DrainTimeout, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Log.CutOff(logger, admission.InHand);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _started.Dispose();
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Information, "Stopping: {Captions} captions in hand have {Timeout} to finish")]
        public static partial void Waiting(ILogger logger, int captions, TimeSpan timeout);

        [LoggerMessage(11, LogLevel.Warning, "Stopping: {Captions} captions did not finish in time and are cut off")]
        public static partial void CutOff(ILogger logger, int captions);
    }
}
