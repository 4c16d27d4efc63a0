using ImageToText.ServiceDefaults.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Management;

/// <summary>
/// A separate port for what operators' machines ask for (health, metrics), if <see cref="ServiceDefaultsOptions.ManagementPort"/>
/// is set. Whoever publishes the service publishes the other port, and can't publish these routes by mistake.
/// </summary>
public static class ManagementPort
{
    private const string Key = $"{ServiceDefaultsOptions.Section}:{nameof(ServiceDefaultsOptions.ManagementPort)}";

    /// <summary>
    /// Makes the host listen on the management port as well, if one is set. Services whose only port is public don't call it.
    /// </summary>
    /// <param name="builder">The host builder, after a call to <c>AddServiceDefaults</c>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ServiceStartException">The port can't be used; the message names the key.</exception>
    public static IHostApplicationBuilder AddManagementPort(this IHostApplicationBuilder builder)
    {
        if (!int.TryParse(builder.Configuration[Key], out int port) || !ServiceDefaultsOptions.IsPort(port))
        {
            return builder; // It is not set, or it is reported with the other options.
        }

        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            throw new ServiceStartException(
                $"{Key} is {port}, but Kestrel:Endpoints says where to listen: give the addresses in ASPNETCORE_URLS or "
                    + $"ASPNETCORE_HTTP_PORTS, or leave {Key} out."
            );
        }

        builder.Services.AddSingleton<IStartupFilter>(new Listening(port));
        builder.Services.AddSingleton<MatcherPolicy>(new Choice(port));
        return builder;
    }

    /// <summary>Marks a route as one for the management port.</summary>
    internal static TBuilder ForManagement<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(Mark.Instance);

    private sealed class Mark
    {
        public static readonly Mark Instance = new();
    }

    /// <summary>When the filter runs, the addresses are known but nobody listens yet.</summary>
    private sealed class Listening(int port) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                if (app.ServerFeatures.Get<IServerAddressesFeature>() is { Addresses: { IsReadOnly: false } addresses })
                {
                    Add(addresses);
                }

                next(app);
            };

        private void Add(ICollection<string> addresses)
        {
            if (addresses.Count == 0)
            {
                addresses.Add("http://localhost:5000"); // The server's own default, which an address would replace.
            }

            var first = BindingAddress.Parse(addresses.First());
            if (addresses.Any(address => BindingAddress.Parse(address).Port == port))
            {
                throw new ServiceStartException(
                    $"{Key} is {port}, where callers are served ({string.Join(", ", addresses)}): give it a port of its "
                        + $"own, from 1 to 65535."
                );
            }

            addresses.Add($"http://{first.Host}:{port}");
        }
    }

    /// <summary>It goes by the port on which the request arrived, not by the host that the request claims.</summary>
    private sealed class Choice(int port) : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => int.MinValue;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            bool managed = httpContext.Connection.LocalPort == port;
            for (int i = 0; i < candidates.Count; i++)
            {
                if (candidates[i].Endpoint.Metadata.GetMetadata<Mark>() is not null != managed)
                {
                    candidates.SetValidity(i, false);
                }
            }
            return Task.CompletedTask;
        }
    }
}
