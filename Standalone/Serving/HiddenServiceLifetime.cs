namespace ImageToText.Standalone.Serving;

/// <summary>
/// The lifetime of a service behind the one that callers see. It ignores signals, because it must answer until the front service
/// has finished what was under way.
/// </summary>
internal sealed class HiddenServiceLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
