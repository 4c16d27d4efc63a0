using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>
/// Whether this host is shutting down. While it drains it still answers, but readiness is false and each answer closes its
/// connection, so that work moves elsewhere before the listener closes.
/// </summary>
public sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _started = new();
    private readonly CancellationTokenRegistration _stopping;

    /// <summary>Creates the drain of one host. It begins by itself if the application stops without having drained.</summary>
    /// <param name="lifetime">The host's lifetime.</param>
    public Drain(IHostApplicationLifetime lifetime)
    {
        Started = _started.Token;
        _stopping = lifetime.ApplicationStopping.Register(Begin);
    }

    /// <summary>
    /// Cancelled when the host starts to drain. A service that is registered elsewhere signs off when this fires.
    /// </summary>
    public CancellationToken Started { get; }

    /// <summary>Whether the host is draining.</summary>
    public bool IsDraining => Started.IsCancellationRequested;

    /// <summary>Sets readiness to false. The host keeps answering until it is stopped.</summary>
    public void Begin() => _started.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _started.Dispose();
    }
}
