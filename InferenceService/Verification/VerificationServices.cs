using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Verification;

/// <summary>Adds the services with which a node verifies models.</summary>
internal static class VerificationServices
{
    public static void AddVerification(this IServiceCollection services)
    {
        services.AddValidated<VerificationOptions>(VerificationOptions.Section);
        services.AddSingleton<SamplePictures>();
        services.AddSingleton(static provider =>
        {
            // The variables that every Hugging Face tool reads, from wherever the configuration has them.
            var configuration = provider.GetRequiredService<IConfiguration>();
            var options = HubOptions.FromEnvironment(name => configuration[name]);
            if (provider.GetRequiredService<IOptions<ModelStoreOptions>>().Value.HubCacheFolder is { } folder)
            {
                options = options with { CacheFolder = folder };
            }

            return new HubDownloader(HubDownloader.CreateHttpClient(), options, provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<ModelVerification>();
        services.AddHostedService<VerificationWorker>();
    }
}
