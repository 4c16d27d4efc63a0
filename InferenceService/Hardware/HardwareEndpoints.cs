using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using ImageToText.Contracts;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Models;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.InferenceService.Hardware;

/// <summary>The routes of the node's hardware and version.</summary>
internal static class HardwareEndpoints
{
    private const string Pipeline = "image-to-text";

    /// <summary>The node's version.</summary>
    public static string Version { get; } =
        typeof(HardwareEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "undefined";

    public static void MapHardware(this IEndpointRouteBuilder routes)
    {
        var node = routes.MapGroup("").WithTags("Node");
        node.MapGet("/version", GetVersion);
        node.MapGet("/hardware/info", GetInformation);
        node.MapGet("/hardware/stats", GetStats);
    }

    /// <summary>Get the node's version.</summary>
    internal static Ok<NodeVersion> GetVersion(ModelView models) =>
        TypedResults.Ok(new NodeVersion(Pipeline, models.DefaultModel, Version));

    /// <summary>Get the node's devices, and where each loaded model runs.</summary>
    internal static Ok<HardwareInformation> GetInformation(ModelView models, NvidiaManagement nvidia) =>
        TypedResults.Ok(
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
            }
        );

    /// <summary>Get how busy the node's devices and process are.</summary>
    internal static Ok<HardwareStats> GetStats(ModelView models, NvidiaManagement nvidia, CaptionAdmission admission)
    {
        using var process = Process.GetCurrentProcess();
        return TypedResults.Ok(
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
            }
        );
    }
}
