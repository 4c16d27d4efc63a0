using ImageToText.Captioning;
using ImageToText.Captioning.Natives;
using ImageToText.Contracts;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Authentication;
using ImageToText.InferenceService.Caching;
using ImageToText.InferenceService.Captions;
using ImageToText.InferenceService.Errors;
using ImageToText.InferenceService.Hardware;
using ImageToText.InferenceService.Health;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Registration;
using ImageToText.InferenceService.Uploads;
using ImageToText.InferenceService.Verification;
using ImageToText.ServiceDefaults;
using ImageToText.ServiceDefaults.Health;
using ImageToText.ServiceDefaults.OpenApi;
using ImageToText.ServiceDefaults.Redis;
using ImageToText.ServiceDefaults.Startup;
using ImageToText.ServiceDefaults.Tls;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService;

/// <summary>
/// A node: captions over HTTP, in the API of Livepeer's AI runner with extensions (docs/node-api.md). Its routes belong to a
/// whole application, so if several services share a process, each has its own.
/// </summary>
public static class InferenceApp
{
    /// <summary>Creates a node that is ready to run.</summary>
    /// <param name="args">Configuration as --Key=Value.</param>
    /// <param name="configure">Changes to the builder before the node is built.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddInference();
        var app = builder.Build();
        app.MapInference();
        app.MapDefaultEndpoints("/ready");
        return app;
    }

    /// <summary>Adds a node to a host that has the service defaults.</summary>
    /// <param name="builder">The application being built; reads the section <c>Inference</c>, and AUTH_TOKEN and MODEL_ID as Livepeer's
    /// AI runner does.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddInference(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services
            .AddValidated<ModelStoreOptions>(ModelStoreOptions.Section)
            .PostConfigure<IConfiguration>(
                (options, configuration) => options.DefaultModel ??= configuration["MODEL_ID"] is { Length: > 0 } id ? id : null
            );
        services.AddValidated<UploadOptions>(UploadOptions.Section);
        services.AddValidated<NodeAdmissionOptions>(NodeAdmissionOptions.Section);
        services
            .AddOptions<HostOptions>()
            .PostConfigure<IOptions<NodeAdmissionOptions>>(
                (host, admission) =>
                {
                    // The captions' time to finish is part of the host's time to stop.
                    var needed = admission.Value.DrainTimeout + TimeSpan.FromSeconds(5);
                    if (host.ShutdownTimeout < needed)
                    {
                        host.ShutdownTimeout = needed;
                    }
                }
            );

        services.AddValidated<PictureCacheOptions>(PictureCacheOptions.Section);
        builder.AddRedisLink();
        services.AddSingleton<RedisPictureCache>();

        services.AskCallersForCertificates();
        services
            .AddValidated<NodeTokenOptions>(NodeTokenOptions.Section)
            .PostConfigure<IConfiguration>((options, configuration) => options.AuthToken ??= configuration["AUTH_TOKEN"]);
        services.AddSingleton<BearerToken>();
        services.AddSingleton<UploadBudget>();
        services.AddSingleton<CaptionAdmission>();
        services.AddHostedService<CaptionDrain>();
        services.AddSingleton<ModelCatalog>();
        services.TryAddSingleton<ICaptionerLoader, CaptionerLoader>();
        services.AddSingleton<ModelEntries>();
        services.AddSingleton<ModelMemory>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<ModelStore>();
        services.AddSingleton<ModelView>();
        services.AddHostedService<WarmUp>();
        services.AddSingleton<CaptionTelemetry>();
        services.AddSingleton<NodeCaptionEndpoint>();
        services.AddSingleton<NvidiaManagement>();
        services.TryAddSingleton<GpuTelemetry>();
        services.ActivateSingleton<GpuTelemetry>();
        services.AddSingleton<NodeStatus>();
        services.AddHealthChecks().AddCheck<NodeStatus>("models", tags: [HealthEndpoints.ExpectedTag]);
        services.AddRegistration();
        services.AddVerification();
        services.UseContractJson(NodeApiJson.Default);
        services.AddOpenApi(static options =>
            options.DescribeService("ImageToText node", "Captions for pictures, in the API of Livepeer's AI runner with extensions.")
        );
        return builder;
    }

    /// <summary>Checks whether the engine can run here with the node's settings, before the node listens.</summary>
    /// <param name="services">The node's services.</param>
    /// <exception cref="ServiceStartException">
    /// A native library is missing or doesn't fit, or CUDA is required and does not work.
    /// </exception>
    public static void CheckEngine(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<ModelStoreOptions>>().Value;
        bool insists = options.Provider is ProviderChoice.Cuda || options.Models.Any(static model => model.Provider is ProviderChoice.Cuda);
        try
        {
            EngineLibraries.Check(insists ? ProviderChoice.Cuda : ProviderChoice.Auto);
        }
        catch (EngineUnavailableException e)
        {
            throw new ServiceStartException(e.Message, e);
        }
    }

    /// <summary>Maps a node's routes.</summary>
    /// <param name="app">The application; its builder must have had a call to <see cref="AddInference"/>.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapInference(this WebApplication app)
    {
        // Livepeer's AI runner also answers each route with a trailing slash, and so does the router here.
        app.UseStatusCodePages(NodeErrors.WriteStatusAsync);
        app.Use(NodeErrors.AnswerAsync);
        app.Use(app.Services.GetRequiredService<BearerToken>().CheckAsync);
        app.UseRouting();
        app.MapCaptions();
        app.MapModels();
        app.MapHardware();
        app.MapNodeHealth();
        app.MapOpenApi();
        return app;
    }
}
