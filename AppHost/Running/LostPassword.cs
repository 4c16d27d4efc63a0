using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ImageToText.AppHost.Running;

/// <summary>
/// A PostgreSQL volume keeps the password that it was made with. If the user secrets no longer hold it, nothing can open the
/// books. The application then ends and says so, instead of waiting for a database that never becomes ready.
/// </summary>
internal static partial class LostPassword
{
    // PostgreSQL's invalid_password.
    private const string WrongPassword = "28P01";

    /// <summary>Watches the server's health for this error.</summary>
    public static void EndWhereThePasswordIsLost(this IResourceBuilder<PostgresServerResource> postgres) =>
        postgres.OnBeforeResourceStarted(
            (server, start, cancellationToken) =>
            {
                // Not awaited: it runs as long as the application does.
                var lifetime = start.Services.GetRequiredService<IHostApplicationLifetime>();
                _ = WatchAsync(server, start.Services, lifetime);
                return Task.CompletedTask;
            }
        );

    /// <summary>Returns whether a health check failed for that reason.</summary>
    /// <param name="failures">The messages of the checks' exceptions.</param>
    internal static bool IsIn(IEnumerable<string?> failures) =>
        failures.Any(static failure => failure?.Contains(WrongPassword, StringComparison.Ordinal) == true);

    private static async Task WatchAsync(PostgresServerResource server, IServiceProvider services, IHostApplicationLifetime lifetime)
    {
        try
        {
            await services
                .GetRequiredService<ResourceNotificationService>()
                .WaitForResourceAsync(
                    server.Name,
                    static state =>
                        !state.Snapshot.HealthReports.IsDefault
                        && IsIn(state.Snapshot.HealthReports.Select(static report => report.ExceptionText)),
                    lifetime.ApplicationStopping
                );
            Log.Lost(
                services.GetRequiredService<ILoggerFactory>().CreateLogger("ImageToText.AppHost"),
                Stores.PostgresVolume,
                server.PasswordParameter.Name
            );
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The application ends for another reason.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            3,
            LogLevel.Critical,
            "The volume {Volume} was created with a different password from the one in this user's secrets, so its books can't be opened. "
                + "If you know the old one: dotnet user-secrets --project AppHost set Parameters:{Parameter} OLD-PASSWORD. "
                + "Otherwise run once with --reset, which deletes keys, prices and ledger."
        )]
        public static partial void Lost(ILogger logger, string volume, string parameter);
    }
}
