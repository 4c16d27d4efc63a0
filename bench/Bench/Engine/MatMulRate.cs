using System.Runtime.InteropServices;
using Google.Protobuf;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Layers.Onnx;
using Microsoft.ML.OnnxRuntime;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Bench.Engine;

/// <summary>
/// How fast this machine's ONNX Runtime computes one float32 product of a BLIP-base layer's size (577 x 768 x 3072) with nothing
/// around it. Ratios to it let you compare machines of different speed.
/// </summary>
internal sealed class MatMulRate : IDisposable
{
    private const int Rows = 577;
    private const int Inner = 768;
    private const int Columns = 3072;

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
    public MatMulRate(ComputeDevice device)
    {
        using var options = device.CreateSessionOptions(modelFolder: null);
        _session = new InferenceSession(Graph(), options);
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
    public double UnitMs => EncoderOperations / Gflops / 1e6;

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

    // It multiplies as the engine does: weights as in torch, [out, in].
    private static byte[] Graph()
    {
        float[] weights = new float[Columns * Inner];
        Fill(weights);
        return new ModelProto
        {
            IrVersion = 9,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = 20 },
            },
            Graph = new GraphProto
            {
                Name = "matmul",
                Input = { Declare("x", Rows, Inner) },
                Output = { Declare("y", Rows, Columns) },
                Initializer =
                {
                    new TensorProto
                    {
                        Name = "weights",
                        DataType = DataType.Float,
                        Dims = { Columns, Inner },
                        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(weights)),
                    },
                    new TensorProto
                    {
                        Name = "bias",
                        DataType = DataType.Float,
                        Dims = { Columns },
                        RawData = ByteString.CopyFrom(new byte[Columns * sizeof(float)]),
                    },
                },
                Node =
                {
                    new NodeProto
                    {
                        OpType = "Gemm",
                        Input = { "x", "weights", "bias" },
                        Output = { "y" },
                        Attribute = { GraphBuilder.Int("transB", 1) },
                    },
                },
            },
        }.ToByteArray();
    }

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
