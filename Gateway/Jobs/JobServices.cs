using ImageToText.Gateway.Jobs.Batches;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Quotes;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.Gateway.Jobs;

/// <summary>The services of jobs.</summary>
internal static class JobServices
{
    /// <summary>Adds what jobs need.</summary>
    public static void AddJobs(this IServiceCollection services)
    {
        services.AddValidated<JobOptions>(JobOptions.Section);
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobStoreGuard>();
        services.AddSingleton<JobBook>();
        services.AddSingleton<StartOnce>();
        services.AddSingleton<ProgressCache>();
        services.AddSingleton<FolderBytes>();
        services.AddSingleton<DatabaseBytes>();
        services.AddSingleton<IFileBytes>(static provider =>
            provider.GetRequiredService<JobStore>().HoldsFiles
                ? provider.GetRequiredService<DatabaseBytes>()
                : provider.GetRequiredService<FolderBytes>()
        );
        services.AddSingleton<FileShelf>();
        services.AddSingleton<FileKeep>();
        services.AddSingleton<FileQuota>();
        services.AddSingleton<FileUpload>();
        services.AddSingleton<FileService>();
        services.AddSingleton<JobQuotes>();
        services.AddSingleton<FaultFile>();
        services.AddSingleton<BatchStart>();
        services.AddSingleton<BatchService>();
        services.AddSingleton<JobCancel>();
        services.AddSingleton<JobReport>();
        services.AddSingleton<JobDesk>();
        services.AddSingleton<NativePictures>();
        services.AddSingleton<NativeAskReader>();
        services.AddSingleton<JobPictures>();
        services.AddSingleton<NativeQuotes>();
        services.AddSingleton<NativeInput>();
        services.AddSingleton<NativeResults>();
        services.AddSingleton<NativeJobs>();
        services.AddSingleton<NativeEvents>();
        services.AddSingleton<LineEndpoints>();
        services.AddSingleton<LineRun>();
        services.AddSingleton<JobKeys>();
        services.AddSingleton<JobPlaces>();
        services.AddSingleton<JobTelemetry>();
        services.AddSingleton<ItemWait>();
        services.AddSingleton<ItemFile>();
        services.AddSingleton<BucketResults>();
        services.AddSingleton<TryCounts>();
        services.AddSingleton<ItemRun>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<PartRun>();
        services.AddSingleton<JobStart>();
        services.AddSingleton<JobFinish>();
        services.AddSingleton<PartJob>();
        services.AddSingleton<JobRetention>();
        services.AddHostedService<JobWatch>();
        services.AddSingleton<JobSecrets>();
        services.AddSingleton<JobWebhookSender>();
        services.AddHostedService(static provider => provider.GetRequiredService<JobWebhookSender>());
    }
}
