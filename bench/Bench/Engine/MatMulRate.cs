using System.Runtime.InteropServices;
using Google.Protobuf;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Layers.Onnx;
using Microsoft.ML.OnnxRuntime;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Bench.Engine;

/// <summary>
/// How fast this machine's ONNX Runtime computes one product of a BLIP-base layer's size (577 x 768 x 3072) with nothing around it, in
/// float32 or in eight bits as the encoder does. Ratios to it let you compare machines of different speed.
/// </summary>
internal sealed class MatMulRate : IDisposable
{
    private const int Rows = 577;
    private const int Inner = 768;
    private const int Columns = 3072;
    private const string Microsoft = "com.microsoft";

    // Floating-point operations of BLIP-base's encoder.
    private const double EncoderOperations = 111e9;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<float> _left = new(Rows * Inner);
    private readonly HostBuffer<float> _product = new(Rows * Columns);
    private readonly OrtValue _leftTensor;
    private readonly OrtValue _productTensor;
    private readonly StopwatchSamples _times = new();

    /// <summary>Loads the product.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="isInt8">Whether the weights are eight-bit numbers, and the rows become such in the run.</param>
    public MatMulRate(ComputeDevice device, bool isInt8 = false)
    {
        using var options = device.CreateSessionOptions(modelFolder: null);
        _session = new InferenceSession(Graph(isInt8), options);
        Fill(_left.Slice(0, Rows * Inner));
        _leftTensor = _left.Tensor(0, Rows, Inner);
        _productTensor = _product.Tensor(0, Rows, Columns);
        _binding = _session.CreateIoBinding();
        _binding.BindInput("x", _leftTensor);
        _binding.BindOutput("y", _productTensor);
    }

    /// <summary>10^9 floating-point operations per second of the fastest product so far.</summary>
    public double Gflops => 2.0 * Rows * Inner * Columns / _times.Minimum / 1e6;

    /// <summary>T0: how many milliseconds BLIP-base's encoder would take at that rate.</summary>
    public double UnitMs => Milliseconds(EncoderOperations);

    /// <summary>How many milliseconds a number of operations would take at that rate.</summary>
    public double Milliseconds(double operations) => operations / Gflops / 1e6;

    /// <summary>Computes the product a few times.</summary>
    public void Measure()
    {
        for (int i = 0; i < 3; i++)
        {
            _times.Measure(() => _session.RunWithBinding(_runOptions, _binding));
        }
    }

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

    // It multiplies as the engine does: weights as in torch, [out, in], or in eight bits [in, out] with a scale per output.
    private static byte[] Graph(bool isInt8)
    {
        var graph = new GraphProto
        {
            Name = "matmul",
            Input = { Declare("x", Rows, Inner) },
            Output = { Declare("y", Rows, Columns) },
            Initializer = { Constant("bias", DataType.Float, new byte[Columns * sizeof(float)], Columns) },
        };
        if (isInt8)
        {
            byte[] weights = new byte[Inner * Columns];
            float[] scales = new float[Columns];
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = (byte)(i % 251);
            }

            Array.Fill(scales, 0.001f);
            graph.Initializer.Add(Constant("weights", DataType.Int8, weights, Inner, Columns));
            graph.Initializer.Add(Constant("scales", DataType.Float, MemoryMarshal.AsBytes<float>(scales), Columns));
            graph.Node.Add(
                new NodeProto
                {
                    OpType = "DynamicQuantizeMatMul",
                    Domain = Microsoft,
                    Input = { "x", "weights", "scales", "", "bias" },
                    Output = { "y" },
                }
            );
        }
        else
        {
            float[] weights = new float[Columns * Inner];
            Fill(weights);
            graph.Initializer.Add(Constant("weights", DataType.Float, MemoryMarshal.AsBytes<float>(weights), Columns, Inner));
            graph.Node.Add(
                new NodeProto
                {
                    OpType = "Gemm",
                    Input = { "x", "weights", "bias" },
                    Output = { "y" },
                    Attribute = { GraphBuilder.Int("transB", 1) },
                }
            );
        }

        return new ModelProto
        {
            IrVersion = 9,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = 20 },
                new OperatorSetIdProto { Domain = Microsoft, Version = 1 },
            },
            Graph = graph,
        }.ToByteArray();
    }

    private static TensorProto Constant(string name, DataType type, ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> shape) =>
        new()
        {
            Name = name,
            DataType = type,
            Dims = { shape.ToArray() },
            RawData = ByteString.CopyFrom(bytes),
        };

    private static ValueInfoProto Declare(string name, params ReadOnlySpan<long> shape)
    {
        var declared = new TensorShapeProto();
        foreach (long size in shape)
        {
            declared.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = DataType.Float, Shape = declared },
            },
        };
    }

    private static void Fill(Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i % 97 * 0.01f) - 0.5f;
        }
    }
}
