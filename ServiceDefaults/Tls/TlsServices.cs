using ImageToText.ServiceDefaults.Validation;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tls;

/// <summary>TLS between the services of a network.</summary>
public static class TlsServices
{
    /// <summary>Makes the host's server ask callers for a client certificate, if the network has an authority of its own.</summary>
    /// <param name="services">The services of a host with the service defaults.</param>
    public static void AskCallersForCertificates(this IServiceCollection services) =>
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(static provider => new ConfigureOptions<KestrelServerOptions>(
            provider.GetRequiredService<NetworkTls>().AskCallers
        ));

    internal static void AddNetworkTls(this IServiceCollection services)
    {
        services.AddValidated<TlsOptions>(TlsOptions.Section);
        services.AddSingleton<NetworkTls>();
    }
}
