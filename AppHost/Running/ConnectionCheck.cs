using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.AppHost.Running;

/// <summary>Healthy once somebody listens on an endpoint that does not speak HTTP.</summary>
internal sealed class ConnectionCheck(EndpointReference endpoint) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("It has no address yet.");
        }
        // Aspire's proxy accepts every connection, and closes it at once if nobody is behind it.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            await socket.SendAsync("PING\r\n"u8.ToArray(), cancellationToken);
            return await socket.ReceiveAsync(new byte[64], cancellationToken) > 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("Nothing is listening yet.");
        }
        catch (SocketException notYet)
        {
            return HealthCheckResult.Unhealthy(notYet.Message);
        }
    }
}

/// <summary>Adds the check to a resource.</summary>
internal static class ConnectionChecks
{
    public static IResourceBuilder<ProjectResource> WithConnectionCheck(
        this IResourceBuilder<ProjectResource> resource,
        EndpointReference endpoint
    )
    {
        string name = $"{resource.Resource.Name}_answers";
        resource
            .ApplicationBuilder.Services.AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    name,
                    _ => new ConnectionCheck(endpoint),
                    failureStatus: null,
                    tags: null,
                    timeout: TimeSpan.FromSeconds(2)
                )
            );
        return resource.WithHealthCheck(name);
    }
}
