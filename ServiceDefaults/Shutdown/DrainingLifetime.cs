using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>
/// Ends the host on signals: SIGTERM, what orchestrators send, drains first and stops after the delay; SIGINT and SIGQUIT, what a
/// person types, stop at once, as does a second SIGTERM.
/// </summary>
/// <remarks>
/// The console lifetime tells the application that it is stopping the moment the signal comes, and background work ends there and
/// then while load balancers still send requests. Hence a lifetime of its own.
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

    /// <summary>What SIGTERM does: readiness false, the delay, then the stop.</summary>
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
            // Told to stop meanwhile: nothing left to wait for.
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
