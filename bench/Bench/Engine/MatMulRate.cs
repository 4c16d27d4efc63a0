using ImageToText.Captioning;
using ImageToText.Captioning.Graphs;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Runtime;
using Microsoft.ML.OnnxRuntime;
using DataType = ImageToText.Captioning.Graphs.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Bench.Engine;

/// <summary>
/// What this machine's ONNX Runtime makes of one float32 product of a BLIP-base layer's size (577 x 768 x 3072) with
/// nothing around it: the yardstick that machines of different speed are compared by.
/// </summary>
internal sealed class MatMulRate : IDisposable
{
    private const int Rows = 577;
    private const int Inner = 768;
    private const int Columns = 3072;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<float> _left = new(Rows * Inner);
    private readonly HostBuffer<float> _product = new(Rows * Columns);
    private readonly OrtValue _leftTensor;
    private readonly OrtValue _productTensor;

    /// <summary>Loads the product of one layer's weights in a model folder.</summary>
    public MatMulRate(ModelFolder folder, ComputeDevice device)
    {
        var graph = new GraphBuilder("matmul", folder.Checkpoint, Precision.F32);
        var x = graph.Input("x", DataType.Float, Rows, Inner);
        graph.Output(
            graph.Linear(x, $"{TextDecoderNames.Layer(0)}.intermediate.dense", Inner, Columns), "y", DataType.Float, Rows, Columns);
        using var options = device.CreateSessionOptions(folder.Checkpoint.RootFolder);
        _session = new InferenceSession(graph.Build(), options);
        for (var i = 0; i < Rows * Inner; i++)
        {
            _left.Slice(i, 1)[0] = (i % 97 * 0.01f) - 0.5f;
        }

        _leftTensor = _left.Tensor(0, Rows, Inner);
        _productTensor = _product.Tensor(0, Rows, Columns);
        _binding = _session.CreateIoBinding();
        _binding.BindInput("x", _leftTensor);
        _binding.BindOutput("y", _productTensor);
    }

    /// <summary>Floating-point operations of one product.</summary>
    public static double Operations => 2.0 * Rows * Inner * Columns;

    /// <summary>Computes the product once.</summary>
    public void Run() => _session.RunWithBinding(_runOptions, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _leftTensor.Dispose();
        _productTensor.Dispose();
        _left.Dispose();
        _product.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }
}
