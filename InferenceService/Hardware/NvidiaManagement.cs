using System.Runtime.InteropServices;
using System.Text;

namespace ImageToText.InferenceService.Hardware;

/// <summary>What NVIDIA's management library reports about one device.</summary>
internal sealed record NvidiaDevice(
    int Index,
    string Id,
    string Name,
    long MemoryTotal,
    long MemoryFree,
    int Major,
    int Minor,
    int UtilizationCompute,
    int UtilizationMemory
);

/// <summary>NVIDIA's management library (NVML), which comes with the driver. Without it there are no devices.</summary>
internal sealed unsafe partial class NvidiaManagement : IDisposable
{
    private const int Success = 0;

    private readonly nint _library;
    private readonly bool _ready;

    public NvidiaManagement(ILogger<NvidiaManagement> logger)
        : this(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", logger) { }

    internal NvidiaManagement(string library, ILogger<NvidiaManagement> logger)
    {
        if (!NativeLibrary.TryLoad(library, out _library))
        {
            return;
        }

        int result = Find("nvmlInit_v2") is var init && init != 0 ? ((delegate* unmanaged<int>)init)() : -1;
        _ready = result == Success;
        if (!_ready)
        {
            Log.NotReady(logger, library, result);
        }
    }

    /// <summary>The devices as they are now; empty if there are none.</summary>
    public IReadOnlyList<NvidiaDevice> Devices()
    {
        if (!_ready)
        {
            return [];
        }

        uint count = 0;
        if (((delegate* unmanaged<uint*, int>)Find("nvmlDeviceGetCount_v2"))(&count) != Success)
        {
            return [];
        }

        var devices = new List<NvidiaDevice>();
        for (uint index = 0; index < count; index++)
        {
            nint handle = 0;
            if (((delegate* unmanaged<uint, nint*, int>)Find("nvmlDeviceGetHandleByIndex_v2"))(index, &handle) == Success)
            {
                devices.Add(Read((int)index, handle));
            }
        }
        return devices;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_library == 0)
        {
            return;
        }

        if (_ready)
        {
            _ = ((delegate* unmanaged<int>)Find("nvmlShutdown"))();
        }

        NativeLibrary.Free(_library);
    }

    private NvidiaDevice Read(int index, nint handle)
    {
        // Values that a device does not report (a partition has no utilization) stay zero.
        ulong* memory = stackalloc ulong[3];
        _ = ((delegate* unmanaged<nint, ulong*, int>)Find("nvmlDeviceGetMemoryInfo"))(handle, memory);
        int major = 0;
        int minor = 0;
        _ = ((delegate* unmanaged<nint, int*, int*, int>)Find("nvmlDeviceGetCudaComputeCapability"))(handle, &major, &minor);
        uint* utilization = stackalloc uint[2];
        _ = ((delegate* unmanaged<nint, uint*, int>)Find("nvmlDeviceGetUtilizationRates"))(handle, utilization);
        return new NvidiaDevice(
            index,
            Text("nvmlDeviceGetUUID", handle),
            Text("nvmlDeviceGetName", handle),
            (long)memory[0],
            (long)memory[1],
            major,
            minor,
            (int)utilization[0],
            (int)utilization[1]
        );
    }

    private string Text(string function, nint handle)
    {
        const int Size = 96;
        byte* buffer = stackalloc byte[Size];
        return ((delegate* unmanaged<nint, byte*, uint, int>)Find(function))(handle, buffer, Size) == Success
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer))
            : "";
    }

    private nint Find(string function) => NativeLibrary.GetExport(_library, function);

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "{Library} is here but does not work (NVML error {Result}): no GPU is reported")]
        public static partial void NotReady(ILogger logger, string library, int result);
    }
}
