using ImageToText.ServiceDefaults.Health;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// Lets requests that come while the service starts wait for its own node, instead of telling them that no node has the model. Only
/// health checks are answered at once.
/// </summary>
internal sealed class StartGate : IStartupFilter
{
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether requests pass.</summary>
    public bool IsOpen => _opened.Task is { IsCompleted: true, Result: true };

    /// <summary>Lets all requests pass from now on.</summary>
    public void Open() => _opened.TrySetResult(true);

    /// <summary>The start has failed: the connections of requests that wait are closed.</summary>
    public void GiveUp() => _opened.TrySetResult(false);

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(PassAsync);
            next(app);
        };

    private Task PassAsync(HttpContext http, RequestDelegate next) =>
        IsOpen || IsHealthCheck(http.Request.Path) ? next(http) : PassLaterAsync(http, next);

    private async Task PassLaterAsync(HttpContext http, RequestDelegate next)
    {
        await ((Task)_opened.Task).WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsOpen)
        {
            await next(http);
        }
        else
        {
            http.Abort();
        }
    }

    private static bool IsHealthCheck(PathString path) => path == HealthEndpoints.ReadyPath || path == HealthEndpoints.AlivePath;
}
