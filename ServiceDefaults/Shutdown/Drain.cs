using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>
/// Whether this host is on its way out. While it drains it still answers, but readiness is false and connections are closed after
/// their answer, so that work moves elsewhere before the listener closes.
/// </summary>
public sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _started = new();
    private readonly CancellationTokenRegistration _stopping;

    /// <summary>Creates the drain of one host; it starts by itself when the application stops without having drained.</summary>
    /// <param name="lifetime">The host's lifetime.</param>
    public Drain(IHostApplicationLifetime lifetime)
    {
        Started = _started.Token;
        _stopping = lifetime.ApplicationStopping.Register(Begin);
    }

    /// <summary>Cancelled once the host drains. A service that announces itself elsewhere takes its name off when this fires.</summary>
    public CancellationToken Started { get; }

    /// <summary>Whether the host drains.</summary>
    public bool IsDraining => Started.IsCancellationRequested;

    /// <summary>Makes readiness false. The host goes on answering until it is stopped.</summary>
    public void Begin() => _started.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _started.Dispose();
    }
}
