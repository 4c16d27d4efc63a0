using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>
/// Standard resilience (rate limit, total timeout, retries, circuit breaker, attempt timeout) and service discovery for every
/// <see cref="HttpClient"/>, and how one client says otherwise.
/// </summary>
public static class HttpClientResilience
{
    /// <summary>
    /// The configuration section: <c>HttpClients:Default</c> for all clients, <c>HttpClients:{name}</c> for one that calls
    /// <see cref="WithResilience"/>; keys are those of <see cref="HttpStandardResilienceOptions"/>, such as
    /// <c>Retry:MaxRetryAttempts</c> and <c>TotalRequestTimeout:Timeout</c>.
    /// </summary>
    public const string Section = "HttpClients";

    internal static void AddHttpClientDefaults(this IServiceCollection services) =>
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler().Configure((options, provider) =>
            {
                // What is not idempotent by its method is sent once, unless its client says that it may be sent again.
                options.Retry.DisableForUnsafeHttpMethods();
                Bind(options, provider, "Default");
            });
            http.AddServiceDiscovery();
        });

    /// <summary>
    /// Replaces the default handler of one client. Every method is retried unless <paramref name="configure"/> says otherwise: only a
    /// client whose requests may be sent twice asks for its own.
    /// </summary>
    /// <param name="http">The named or typed client.</param>
    /// <param name="configure">The client's own settings; <c>HttpClients:{name}</c> in the configuration has the last word.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder WithResilience(this IHttpClientBuilder http, Action<HttpStandardResilienceOptions> configure)
    {
        http.WithoutResilience();
        http.AddStandardResilienceHandler().Configure((options, provider) =>
        {
            configure(options);
            Bind(options, provider, http.Name);
        });
        return http;
    }

    /// <summary>Takes the default handler off one client: for callers that decide about attempts themselves, and for streams.</summary>
    /// <param name="http">The named or typed client.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder WithoutResilience(this IHttpClientBuilder http)
    {
#pragma warning disable EXTEXP0001 // Marked experimental, and the only way to take a default handler off one client.
        http.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        return http;
    }

    private static void Bind(HttpStandardResilienceOptions options, IServiceProvider provider, string client) =>
        provider.GetRequiredService<IConfiguration>().GetSection($"{Section}:{client}").Bind(options);
}
