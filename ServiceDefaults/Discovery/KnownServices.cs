using Microsoft.Extensions.Configuration;

namespace ImageToText.ServiceDefaults.Discovery;

/// <summary>
/// The services whose endpoints are in the configuration, as Aspire's <c>WithReference</c> puts them there when it runs or
/// publishes.
/// </summary>
public static class KnownServices
{
    /// <summary>The pricing service's name.</summary>
    public const string Pricing = "pricing";

    /// <summary>
    /// Returns a service's address by its name. Every <see cref="HttpClient"/> of a host with the service defaults resolves such
    /// names.
    /// </summary>
    /// <param name="configuration">Holds the endpoints in <c>services:{name}</c>, such as <c>services:pricing:http:0</c>.</param>
    /// <param name="service">The service's name.</param>
    /// <returns><c>https+http://{name}</c>; null if the configuration has no endpoint.</returns>
    public static Uri? AddressOf(IConfiguration configuration, string service)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.GetSection($"services:{service}").Exists() ? new Uri($"https+http://{service}") : null;
    }
}
