using ImageToText.Gateway.Jobs.Batches;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.OpenApi;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.Gateway.Jobs;

/// <summary>Jobs: their services and routes.</summary>
internal static class JobRoutes
{
    /// <summary>Adds what jobs need.</summary>
    public static void AddJobs(this IServiceCollection services)
    {
        services.AddValidated<JobOptions>(JobOptions.Section);
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobStoreGuard>();
        services.AddSingleton<JobBook>();
        services.AddSingleton<FileShelf>();
        services.AddSingleton<FileUpload>();
        services.AddSingleton<FileEndpoints>();
        services.AddSingleton<BatchStart>();
        services.AddSingleton<BatchEndpoints>();
        services.AddSingleton<LineEndpoints>();
        services.AddSingleton<LineRun>();
        services.AddSingleton<JobKeys>();
        services.AddSingleton<JobPlaces>();
        services.AddSingleton<JobTelemetry>();
        services.AddSingleton<ItemRun>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<PartRun>();
        services.AddSingleton<JobFinish>();
        services.AddSingleton<PartJob>();
        services.AddSingleton<JobRetention>();
        services.AddHostedService<JobWatch>();
    }

    /// <summary>Maps the routes of jobs.</summary>
    public static void MapJobs(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<FileEndpoints>();
        var batches = app.Services.GetRequiredService<BatchEndpoints>();
        app.MapPost("/v1/files", files.UploadAsync).Describe(JobDescriptions.UploadFile);
        app.MapGet("/v1/files", files.ListAsync).Describe(JobDescriptions.Files);
        app.MapGet("/v1/files/{id}", http => files.GetAsync(http, IdOf(http))).Describe(JobDescriptions.File);
        app.MapGet("/v1/files/{id}/content", http => files.ContentAsync(http, IdOf(http))).Describe(JobDescriptions.FileContent);
        app.MapDelete("/v1/files/{id}", http => files.DeleteAsync(http, IdOf(http))).Describe(JobDescriptions.DeleteFile);
        app.MapPost("/v1/batches", batches.StartAsync).Describe(JobDescriptions.StartBatch);
        app.MapGet("/v1/batches", batches.ListAsync).Describe(JobDescriptions.Batches);
        app.MapGet("/v1/batches/{id}", http => batches.GetAsync(http, IdOf(http))).Describe(JobDescriptions.Batch);
        app.MapPost("/v1/batches/{id}/cancel", http => batches.CancelAsync(http, IdOf(http))).Describe(JobDescriptions.CancelBatch);
    }

    private static string IdOf(HttpContext http) => (string)http.GetRouteValue("id")!;
}
