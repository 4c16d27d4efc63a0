using System.Diagnostics.Metrics;
using ImageToText.InferenceService.Captions;

namespace ImageToText.InferenceService.Hardware;

/// <summary>
/// Use of the machine's GPUs, with the names of OpenTelemetry's hardware conventions. A machine without GPUs has no measurements.
/// </summary>
internal sealed class GpuTelemetry
{
    private readonly Func<IReadOnlyList<NvidiaDevice>> _devices;

    public GpuTelemetry(IMeterFactory meters, NvidiaManagement nvidia)
        : this(meters, nvidia.Devices) { }

    internal GpuTelemetry(IMeterFactory meters, Func<IReadOnlyList<NvidiaDevice>> devices)
    {
        _devices = devices;
        var meter = meters.Create(CaptionTelemetry.Name);
        meter.CreateObservableGauge(
            "hw.gpu.utilization",
            () => Observe(static gpu => gpu.UtilizationCompute / 100.0),
            "1",
            "Share of the last sample period in which the GPU computed."
        );
        meter.CreateObservableUpDownCounter(
            "hw.gpu.memory.usage",
            () => Observe(static gpu => gpu.MemoryTotal - gpu.MemoryFree),
            "By",
            "GPU memory in use, by anyone."
        );
        meter.CreateObservableUpDownCounter("hw.gpu.memory.limit", () => Observe(static gpu => gpu.MemoryTotal), "By", "Total GPU memory.");
    }

    private IEnumerable<Measurement<T>> Observe<T>(Func<NvidiaDevice, T> value)
        where T : struct =>
        _devices()
            .Select(gpu => new Measurement<T>(
                value(gpu),
                new KeyValuePair<string, object?>("hw.id", gpu.Id),
                new KeyValuePair<string, object?>("hw.name", gpu.Name)
            ));
}
