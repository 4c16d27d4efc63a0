using ImageToText.InferenceService;
using ImageToText.Standalone.Models;
using Microsoft.Extensions.Configuration.Memory;

namespace ImageToText.Standalone.Serving;

/// <summary>Which services share the process; each is the whole application that it also is by itself.</summary>
internal static class StandaloneServices
{
    /// <summary>Makes the services, in the order in which they start; they stop in the opposite one.</summary>
    public static IReadOnlyList<WebApplication> Create(ServeSettings settings) => [CreateNode(settings)];

    private static WebApplication CreateNode(ServeSettings settings)
    {
        List<string> arguments =
        [
            $"--urls={settings.Url}",
            $"--Inference:StarterFolder={ModelLocator.StarterFolder}",
            $"--Inference:Precision={settings.Precision}",
            $"--Inference:Provider={settings.Provider}",
        ];
        for (var i = 0; i < settings.Models.Count; i++)
        {
            arguments.Add($"--Inference:Models:{i}:Id={settings.Models[i].Id}");
            arguments.Add($"--Inference:Models:{i}:Folder={settings.Models[i].Folder}");
        }

        return InferenceApp.Create([.. arguments], QuietLogs);
    }

    // The banner says what a person needs; what the operator configures goes before.
    private static void QuietLogs(WebApplicationBuilder builder) => builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:ImageToText"] = "Information",
        },
    });
}
