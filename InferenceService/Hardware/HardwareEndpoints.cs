using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using ImageToText.Contracts;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Models;

namespace ImageToText.InferenceService.Hardware;

/// <summary>GET /hardware/info, /hardware/stats and /version.</summary>
internal static class HardwareEndpoints
{
    private const string Pipeline = "image-to-text";

    /// <summary>The node's version.</summary>
    public static string Version { get; } =
        typeof(HardwareEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "undefined";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(
            "/version",
            (ModelView models) => Results.Json(new NodeVersion(Pipeline, models.DefaultModel, Version), NodeApiJson.Default.NodeVersion)
        );
        routes.MapGet(
            "/hardware/info",
            (ModelView models, NvidiaManagement nvidia) =>
                Results.Json(
                    new HardwareInformation
                    {
                        Pipeline = Pipeline,
                        ModelId = models.DefaultModel,
                        GpuInfo = nvidia
                            .Devices()
                            .ToDictionary(
                                gpu => gpu.Index,
                                gpu => new GpuInformation(gpu.Id, gpu.Name, gpu.MemoryTotal, gpu.MemoryFree, gpu.Major, gpu.Minor)
                            ),
                        Cpu = new CpuInformation(
                            RuntimeInformation.ProcessArchitecture.ToString(),
                            Environment.ProcessorCount,
                            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
                        ),
                        Models =
                        [
                            .. models
                                .Loaded()
                                .Select(loaded => new ModelPlacement(
                                    loaded.Model.Id,
                                    loaded.Model.Provider,
                                    loaded.Model.Precision.ToString().ToLowerInvariant(),
                                    loaded.Model.MemoryBytes
                                )),
                        ],
                    },
                    NodeApiJson.Default.HardwareInformation
                )
        );
        routes.MapGet(
            "/hardware/stats",
            (ModelView models, NvidiaManagement nvidia, CaptionAdmission admission) =>
            {
                using var process = Process.GetCurrentProcess();
                return Results.Json(
                    new HardwareStats
                    {
                        Pipeline = Pipeline,
                        ModelId = models.DefaultModel,
                        GpuStats = nvidia
                            .Devices()
                            .ToDictionary(
                                gpu => gpu.Index,
                                gpu => new GpuUtilization(
                                    gpu.Id,
                                    gpu.Name,
                                    gpu.MemoryTotal,
                                    gpu.MemoryFree,
                                    gpu.UtilizationCompute,
                                    gpu.UtilizationMemory
                                )
                            ),
                        Process = new ProcessUtilization(process.WorkingSet64, process.TotalProcessorTime.TotalSeconds, admission.InHand),
                    },
                    NodeApiJson.Default.HardwareStats
                );
            }
        );
    }
}
