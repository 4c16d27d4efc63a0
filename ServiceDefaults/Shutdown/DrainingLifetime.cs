using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>
/// Ends the host on signals. SIGTERM, which orchestrators send, first drains and then stops after the delay. SIGINT and SIGQUIT,
/// which people send, stop at once, and so does a second SIGTERM.
/// </summary>
/// <remarks>
/// The console lifetime tells the application that it is stopping as soon as the signal arrives. Background work then ends at
/// once, while load balancers still send requests. Hence our own lifetime.
/// </remarks>
internal sealed partial class DrainingLifetime(
    Drain drain,
    IHostApplicationLifetime lifetime,
    IHostEnvironment environment,
    IOptions<ServiceDefaultsOptions> options,
    TimeProvider time,
    ILogger<DrainingLifetime> logger
) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(
            PosixSignalRegistration.Create(
                PosixSignal.SIGTERM,
                signal =>
                {
                    signal.Cancel = true;
                    _ = TerminateAsync();
                }
            )
        );
        foreach (var prompt in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _signals.Add(
                PosixSignalRegistration.Create(
                    prompt,
                    signal =>
                    {
                        signal.Cancel = true;
                        lifetime.StopApplication();
                    }
                )
            );
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Handles SIGTERM: readiness false, the delay, then the stop.</summary>
    internal async Task TerminateAsync()
    {
        if (drain.IsDraining)
        {
            lifetime.StopApplication();
            return;
        }
        var delay = options.Value.DrainDelay ?? (environment.IsDevelopment() ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        Log.Draining(logger, delay);
        drain.Begin();
        try
        {
            await Task.Delay(delay, time, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // The host was told to stop meanwhile, so there is nothing left to wait for.
        }
        lifetime.StopApplication();
    }

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "SIGTERM: readiness is false from now on, the listener closes in {Delay}")]
        public static partial void Draining(ILogger logger, TimeSpan delay);
    }
}
