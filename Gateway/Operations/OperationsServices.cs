using ImageToText.Gateway.Live;
using ImageToText.Gateway.Nodes;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Tls;

namespace ImageToText.Gateway.Operations;

/// <summary>What the operators' routes need.</summary>
internal static class OperationsServices
{
    public static void AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<LiveWindow>();
        services.AddSingleton<RecentErrors>();
        services.AddHostedService<LiveSampler>();
        services.AddSingleton<LiveReport>();
        services.AddSingleton<OperatorPricing>();
        // A load takes minutes, and is never started twice.
        services
            .AddHttpClient(NodeModels.HttpClientName, static http => http.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(static (handler, provider) => provider.GetRequiredService<NetworkTls>().Join(handler))
            .WithReconnection();
        services.AddSingleton<NodeModels>();
        services.AddSingleton<ModelReports>();
    }
}
