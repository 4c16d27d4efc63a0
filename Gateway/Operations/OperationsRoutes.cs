using ImageToText.Gateway.Live;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.OpenApi;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Operations;

/// <summary>The routes for the people who run the network, each with scope <c>operate</c>.</summary>
internal static class OperationsRoutes
{
    public static void AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<LiveWindow>();
        services.AddSingleton<RecentErrors>();
        services.AddHostedService<LiveSampler>();
        services.AddSingleton<OperatorPricing>();
        // A load takes minutes, and is never started twice.
        services.AddHttpClient(NodeModels.HttpClientName, static http => http.Timeout = Timeout.InfiniteTimeSpan).WithReconnection();
        services.AddSingleton<NodeModels>();
        services.AddSingleton<ModelReports>();
        services.AddSingleton<OperationsEndpoints>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Add(OperationsJson.Default));
    }

    public static void MapOperations(this WebApplication app)
    {
        var operations = app.Services.GetRequiredService<OperationsEndpoints>();
        var routes = app.MapGroup("/operations").WithTags("Operations");
        routes.MapGet("/session", operations.SessionAsync).Describe(OperationsDescriptions.Session);
        routes.MapGet("/live", operations.LiveAsync).Describe(OperationsDescriptions.Live);
        routes.MapGet("/nodes", operations.NodesAsync).Describe(OperationsDescriptions.Nodes);
        routes.MapPut("/nodes/{node}/state", operations.SetNodeStateAsync).Describe(OperationsDescriptions.SetNodeState);
        routes.MapGet("/nodes/{node}/models", operations.NodeModelsAsync).Describe(OperationsDescriptions.NodeModels);
        routes.MapPost("/nodes/{node}/models/load", operations.LoadModelAsync).Describe(OperationsDescriptions.LoadModel);
        routes.MapPost("/nodes/{node}/models/unload", operations.UnloadModelAsync).Describe(OperationsDescriptions.UnloadModel);
        routes.MapGet("/models/requests", operations.ModelRequestsAsync).Describe(OperationsDescriptions.ModelRequests);
        routes.MapPost("/models/requests", operations.RequestModelAsync).Describe(OperationsDescriptions.RequestModel);
        routes.MapGet("/prices", operations.PricesAsync).Describe(OperationsDescriptions.Prices);
        routes.MapPut("/prices", operations.SetPriceAsync).Describe(OperationsDescriptions.SetPrice);
        routes.MapGet("/prices/history", operations.PriceHistoryAsync).Describe(OperationsDescriptions.PriceHistory);
        routes.MapGet("/usage", operations.UsageAsync).Describe(OperationsDescriptions.Usage);
        routes.MapGet("/keys", operations.KeysAsync).Describe(OperationsDescriptions.Keys);
        routes.MapPost("/keys", operations.CreateKeyAsync).Describe(OperationsDescriptions.CreateKey);
        routes.MapPut("/keys/{key}", operations.ChangeKeyAsync).Describe(OperationsDescriptions.ChangeKey);
        routes.MapPost("/keys/{key}/rotate", operations.RotateKeyAsync).Describe(OperationsDescriptions.RotateKey);
        routes.MapDelete("/keys/{key}", operations.RevokeKeyAsync).Describe(OperationsDescriptions.RevokeKey);
    }
}
