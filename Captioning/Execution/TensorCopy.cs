using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Copies tensors within a device's memory, which only ONNX Runtime can reach. The graph does nothing else.</summary>
internal sealed class TensorCopy : IDisposable
{
    private const string From = "from";
    private const string To = "to";

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();

    /// <summary>Compiles and loads the graph.</summary>
    /// <param name="device">The device that holds the tensors.</param>
    /// <param name="half">Numbers of 16 bits.</param>
    /// <param name="width">Numbers in a row.</param>
    public TensorCopy(ComputeDevice device, bool half, int width)
    {
        var graph = new GraphBuilder("copy", Checkpoint.Empty, half ? Precision.F16 : Precision.F32);
        graph.Output(graph.Input(From, graph.ComputeType, "rows", width), To, graph.ComputeType, "rows", width);
        using var options = device.CreateSessionOptions(modelFolder: null);
        _session = new InferenceSession(graph.Build(), options);
    }

    /// <summary>Copies rows of numbers, [rows, width], to the same number of rows.</summary>
    public void Run(OrtValue from, OrtValue to)
    {
        using var binding = _session.CreateIoBinding();
        binding.BindInput(From, from);
        binding.BindOutput(To, to);
        _session.RunWithBinding(_runOptions, binding);
        binding.SynchronizeBoundOutputs();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}
