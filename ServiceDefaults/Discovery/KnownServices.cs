using Microsoft.Extensions.Configuration;

namespace ImageToText.ServiceDefaults.Discovery;

/// <summary>The services that the configuration tells the endpoints of, as Aspire's <c>WithReference</c> does wherever it runs or publishes.</summary>
public static class KnownServices
{
    /// <summary>The pricing service's name.</summary>
    public const string Pricing = "pricing";

    /// <summary>A service's address by its name, which every <see cref="HttpClient"/> of a host with the service defaults resolves.</summary>
    /// <param name="configuration">Has the endpoints in <c>services:{name}</c>, such as <c>services:pricing:http:0</c>.</param>
    /// <param name="service">The service's name.</param>
    /// <returns><c>https+http://{name}</c>; null: the configuration tells no endpoint.</returns>
    public static Uri? AddressOf(IConfiguration configuration, string service)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.GetSection($"services:{service}").Exists() ? new Uri($"https+http://{service}") : null;
    }
}
