using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ImageToText.AppHost.Running;

/// <summary>Says on the console and on the dashboard that the stores are embedded, and how to get the real ones.</summary>
internal static partial class StoresNotice
{
    /// <param name="services">The application's services.</param>
    /// <param name="logger">Writes to the console.</param>
    /// <param name="folder">The folder of the books.</param>
    /// <param name="byHand">Whether the configuration asks for embedded stores; otherwise no container engine answered.</param>
    public static void Give(IServiceProvider services, ILogger logger, RunFolder folder, bool byHand)
    {
        string why = byHand
            ? $"Stores are embedded ({Deployment.Section}:{nameof(Deployment.Stores)}):"
            : "No container engine answers, so stores are embedded:";
        string how = byHand
            ? "For Redis and PostgreSQL, leave that setting out."
            : "For Redis and PostgreSQL, start Docker or Podman and run this again.";
        string text = $"{why} Garnet for Redis, the SQLite file {folder.Books} for PostgreSQL. {how}";
        Log.Stores(logger, text);

        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        var interactions = services.GetRequiredService<IInteractionService>();
        // It stays on the dashboard until somebody closes it, and the start does not wait for that.
        if (interactions.IsAvailable)
        {
            lifetime.ApplicationStarted.Register(() => _ = ShowAsync(interactions, text, lifetime.ApplicationStopping));
        }
    }

    private static async Task ShowAsync(IInteractionService interactions, string text, CancellationToken stopping)
    {
        try
        {
            await interactions.PromptNotificationAsync(
                "Embedded stores",
                text,
                new NotificationInteractionOptions { Intent = MessageIntent.Information },
                stopping
            );
        }
        catch (OperationCanceledException)
        {
            // The application is ending.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Information, "{Text}")]
        public static partial void Stores(ILogger logger, string text);
    }
}
