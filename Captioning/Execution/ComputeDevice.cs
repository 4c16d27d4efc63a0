using System.Text.RegularExpressions;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Execution;

/// <summary>Where a model runs, chosen once per model: CUDA if it works, else the CPU.</summary>
internal sealed partial class ComputeDevice : IDisposable
{
    private const int CudaDevice = 0;
    private const string CudaProvider = "CUDAExecutionProvider";
    private const string NoCuda = "this build is for CPUs, it has no libonnxruntime_providers_cuda.";

    private readonly int _threads;

    private ComputeDevice(bool isCuda, int threads)
    {
        IsCuda = isCuda;
        _threads = threads;
        MemoryInfo = isCuda
            ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, CudaDevice, OrtMemType.Default)
            : OrtMemoryInfo.DefaultInstance;
    }

    /// <summary>True on a GPU.</summary>
    public bool IsCuda { get; }

    /// <summary>A name for people: CPU, or CUDA with the device's number.</summary>
    public string Description => IsCuda ? $"CUDA:{CudaDevice}" : "CPU";

    /// <summary>The memory that holds this device's tensors.</summary>
    public OrtMemoryInfo MemoryInfo { get; }

    /// <summary>Chooses the device.</summary>
    /// <param name="choice">The requested device.</param>
    /// <param name="threads">CPU threads of one operator; 0: one per core.</param>
    /// <param name="logger">Logs why CUDA is not used.</param>
    /// <exception cref="EngineUnavailableException">CUDA was required and does not work.</exception>
    public static ComputeDevice Choose(ProviderChoice choice, int threads, ILogger logger)
    {
        if (choice is ProviderChoice.Cpu)
        {
            return new ComputeDevice(isCuda: false, threads);
        }

        bool built = OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider, StringComparer.Ordinal);
        string? failure = NoCuda;
        if (built)
        {
            var cuda = new ComputeDevice(isCuda: true, threads);
            failure = cuda.Try();
            if (failure is null)
            {
                return cuda;
            }

            cuda.Dispose();
        }

        if (choice is ProviderChoice.Cuda)
        {
            throw new EngineUnavailableException(
                $"CUDA was requested and does not work here: {failure} "
                    + "Install an NVIDIA driver, CUDA, cuDNN and the GPU build, or choose the CPU."
            );
        }

        // A CPU build is meant for the CPU. Whoever chose the GPU build wants a GPU.
        LogCpu(logger, built ? LogLevel.Warning : LogLevel.Information, failure);
        return new ComputeDevice(isCuda: false, threads);
    }

    /// <summary>Options for a session on this device.</summary>
    /// <param name="modelFolder">The folder that contains a graph's weights; null for a graph without weights.</param>
    /// <param name="cudaGraphs">Whether its runs can be recorded as CUDA graphs.</param>
    public SessionOptions CreateSessionOptions(string? modelFolder, bool cudaGraphs = false)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            IntraOpNumThreads = _threads > 0 ? _threads : Environment.ProcessorCount,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        };

        // Threads spin from one operator to the next, which saves waking them, and sleep as soon as the run is over: the next run may be
        // that of another session, whose threads need the processors, as do the pictures that are being prepared.
        options.AddSessionConfigEntry("session.intra_op.spin_duration_us", "300");
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        if (modelFolder is not null)
        {
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", modelFolder);
        }

        if (IsCuda)
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(
                new Dictionary<string, string>
                {
                    ["device_id"] = $"{CudaDevice}",
                    // Grow by what is needed, not by doubling, because several models share the device.
                    ["arena_extend_strategy"] = "kSameAsRequested",
                    ["use_tf32"] = "0",
                    ["enable_cuda_graph"] = cudaGraphs ? "1" : "0",
                }
            );
            options.AppendExecutionProvider_CUDA(cuda);
        }

        return options;
    }

    /// <summary>A tensor over part of memory that a session of this device provided. It must not outlive that memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="type">Float or Float16.</param>
    /// <param name="first">The index of the first number.</param>
    /// <param name="shape">The tensor's shape.</param>
    public OrtValue TensorOver(OrtMemoryAllocation memory, TensorElementType type, long first, params long[] shape)
    {
        int bytes = ElementBytes(type);
        long count = shape.Aggregate(1L, static (product, dimension) => product * dimension);
        return OrtValue.CreateTensorValueWithData(
            MemoryInfo,
            type,
            shape,
            memory.DangerousGetHandle() + (nint)(first * bytes),
            count * bytes
        );
    }

    /// <summary>Bytes of one number.</summary>
    /// <param name="type">Float or Float16.</param>
    public static int ElementBytes(TensorElementType type) => type is TensorElementType.Float16 ? 2 : sizeof(float);

    /// <summary>
    /// Host memory that the GPU reads and writes directly; other memory is first copied there. Null on a CPU, or if there is none
    /// left, which only costs time.
    /// </summary>
    /// <param name="session">A session of this device.</param>
    public OrtAllocator? TryPinnedMemory(InferenceSession session)
    {
        if (!IsCuda)
        {
            return null;
        }

        try
        {
            using var pinned = new OrtMemoryInfo(
                OrtMemoryInfo.allocatorCUDA_PINNED,
                OrtAllocatorType.DeviceAllocator,
                CudaDevice,
                OrtMemType.CpuOutput
            );
            return new OrtAllocator(session, pinned);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsCuda)
        {
            MemoryInfo.Dispose();
        }
    }

    // Appending the provider can succeed without a device; only a session shows whether it works.
    private string? Try()
    {
        try
        {
            var graph = new GraphBuilder("probe", Checkpoint.Empty, Precision.F32);
            graph.Output(graph.Node("Neg", [graph.Input("x", DataType.Float, 1)]), "y", DataType.Float, 1);
            using var options = CreateSessionOptions(modelFolder: null);
            using var session = new InferenceSession(graph.Build(), options);
            return null;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or NotSupportedException)
        {
            return $"{ErrorCode().Replace(exception.Message.ReplaceLineEndings(" "), "").TrimEnd('.', ' ')}.";
        }
    }

    // The prefix that ONNX Runtime puts before its message means nothing to people.
    [GeneratedRegex(@"^.*\[ONNXRuntimeError\] : \d+ : \w+ : |^\[ErrorCode:\w+\] ")]
    private static partial Regex ErrorCode();

    [LoggerMessage(EventId = 1, Message = "Running on the CPU: {Reason}")]
    private static partial void LogCpu(ILogger logger, LogLevel level, string reason);
}
