using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using ImageToText.Captioning.Layers.Onnx;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using Attribute = ImageToText.Captioning.Layers.Onnx.AttributeProto;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// Writes one ONNX graph whose weights stay in the checkpoint's safetensors files. Initializers point into these files, so a
/// graph of a few kilobytes runs a checkpoint of gigabytes. A value in the graph is identified by its name.
/// </summary>
internal sealed partial class GraphBuilder
{
    private const int IrVersion = 9;
    private const int OperatorSet = 20;
    private const string MicrosoftDomain = "com.microsoft";

    private readonly GraphProto _graph;
    private readonly Checkpoint? _checkpoint;
    private readonly Dictionary<string, string> _weights = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorUse> _uses = new(StringComparer.Ordinal);
    private int _nextValue;

    /// <summary>Starts a graph.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="checkpoint">The source of its weights.</param>
    /// <param name="precision">f16: everything is computed in float16; otherwise in float32.</param>
    public GraphBuilder(string name, Checkpoint checkpoint, Precision precision)
    {
        _graph = new GraphProto { Name = name };
        _checkpoint = checkpoint;
        Precision = precision;
    }

    private GraphBuilder()
    {
        _graph = new GraphProto();
        Precision = Precision.F32;
    }

    /// <summary>What the graph is compiled for.</summary>
    public Precision Precision { get; }

    /// <summary>The number format of activations.</summary>
    public DataType ComputeType => Precision is Precision.F16 ? DataType.Float16 : DataType.Float;

    /// <summary>What the graph does with the checkpoint's tensors, by name.</summary>
    public IReadOnlyDictionary<string, TensorUse> Uses => _uses;

    /// <summary>Starts a graph that is never run. It only tells which tensors it would use, and needs no checkpoint.</summary>
    public static GraphBuilder Sketch() => new();

    /// <summary>Declares an input. A dimension is a number, or a name if it varies.</summary>
    public string Input(string name, DataType type, params ReadOnlySpan<object> shape)
    {
        _graph.Input.Add(Declare(name, type, shape));
        return name;
    }

    /// <summary>Declares a value as an output with its own name.</summary>
    public void Output(string value, string name, DataType type, params ReadOnlySpan<object> shape)
    {
        _graph.Node.Add(
            new NodeProto
            {
                OpType = "Identity",
                Input = { value },
                Output = { name },
            }
        );
        _graph.Output.Add(Declare(name, type, shape));
    }

    /// <summary>Declares an output that a node writes under exactly this name.</summary>
    public void OutputAsIs(string name, DataType type, params ReadOnlySpan<object> shape) => _graph.Output.Add(Declare(name, type, shape));

    /// <summary>Adds a node with one output.</summary>
    public string Node(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<Attribute> attributes) =>
        Add(operation, "", inputs, 1, attributes)[0];

    /// <summary>Adds a node of ONNX Runtime's own operators with one output.</summary>
    public string MicrosoftNode(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<Attribute> attributes) =>
        Add(operation, MicrosoftDomain, inputs, 1, attributes)[0];

    /// <summary>Adds a node of ONNX Runtime's own operators, with named outputs.</summary>
    public void MicrosoftNode(string operation, ReadOnlySpan<string> inputs, string[] outputs, params ReadOnlySpan<Attribute> attributes)
    {
        var node = new NodeProto
        {
            OpType = operation,
            Domain = MicrosoftDomain,
            Output = { outputs },
        };
        node.Input.AddRange(inputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        _graph.Node.Add(node);
    }

    /// <summary>Adds a node that writes its output under a given name.</summary>
    public void NodeAs(string operation, ReadOnlySpan<string> inputs, string output)
    {
        var node = new NodeProto { OpType = operation, Output = { output } };
        node.Input.AddRange(inputs.ToArray());
        _graph.Node.Add(node);
    }

    /// <summary>Adds a node with several outputs.</summary>
    public string[] Nodes(string operation, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<Attribute> attributes) =>
        Add(operation, "", inputs, outputs, attributes);

    /// <summary>A small constant of whole numbers.</summary>
    public string Constant(params ReadOnlySpan<long> values) => Constant(DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values));

    /// <summary>A whole number without dimensions.</summary>
    public string Index(long value) => Constant(DataType.Int64, [], MemoryMarshal.AsBytes([value]));

    /// <summary>Numbers in the compute type.</summary>
    /// <param name="values">The numbers, one after the other.</param>
    /// <param name="shape">Their shape.</param>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        if (ComputeType is DataType.Float)
        {
            return Constant(DataType.Float, shape, MemoryMarshal.AsBytes(values));
        }

        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return Constant(DataType.Float16, shape, MemoryMarshal.AsBytes<Half>(halves));
    }

    /// <summary>A number in the compute type.</summary>
    public string Scalar(float value) =>
        ComputeType is DataType.Float16
            ? Constant(DataType.Float16, [], MemoryMarshal.AsBytes<Half>([(Half)value]))
            : Constant(DataType.Float, [], MemoryMarshal.AsBytes<float>([value]));

    /// <summary>A tensor of the checkpoint in the compute type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The shape that config.json requires.</param>
    /// <exception cref="ModelFormatException">It is missing or has another shape.</exception>
    public string Weight(string name, params ReadOnlySpan<long> shape)
    {
        if (_checkpoint is null)
        {
            Use(name, shape, isRead: true, form: null);
            return name;
        }

        var entry = _checkpoint.Get(name, shape);
        if (_weights.TryGetValue(name, out string? value))
        {
            return value;
        }

        return _weights[name] = InComputeType(Stored(entry), entry);
    }

    /// <summary>
    /// Rows of a large table of the checkpoint, [ids, width] in the compute type. If the checkpoint holds shorter numbers than that, only
    /// the rows are converted at each run: the table stays in its file, and takes no memory.
    /// </summary>
    /// <param name="table">Its name.</param>
    /// <param name="count">Rows that config.json requires.</param>
    /// <param name="width">Numbers of each.</param>
    /// <param name="ids">Which rows, int64 [ids].</param>
    /// <exception cref="ModelFormatException">The table is missing or has another shape.</exception>
    public string Rows(string table, int count, int width, string ids)
    {
        if (_checkpoint?.Get(table, [count, width]) is { } entry && ComputeType is DataType.Float && DataTypeOf(entry.Type) != ComputeType)
        {
            return InComputeType(Node("Gather", [Stored(entry), ids], Int("axis", 0)), entry);
        }

        return Node("Gather", [Weight(table, count, width), ids], Int("axis", 0));
    }

    private void Use(string name, ReadOnlySpan<long> shape, bool isRead, EightBitForm? form)
    {
        var use = _uses.TryGetValue(name, out var earlier) ? earlier : new TensorUse(name, shape.ToArray());
        _uses[name] = use with { IsRead = use.IsRead || isRead, Product = form ?? use.Product };
    }

    /// <summary>Cuts a value into equal parts along an axis.</summary>
    public string[] Split(string x, int parts, int axis) => Nodes("Split", [x], parts, Int("axis", axis), Int("num_outputs", parts));

    /// <summary>Joins constants. ONNX Runtime does this once, when it creates the session.</summary>
    public string Join(IEnumerable<string> tensors, int axis = 0)
    {
        string[] parts = [.. tensors];
        return parts is [var only] ? only : Node("Concat", parts, Int("axis", axis));
    }

    /// <summary>Layer normalization over the last axis.</summary>
    public string LayerNorm(string x, string name, int width, float epsilon) =>
        Node(
            "LayerNormalization",
            [x, Weight($"{name}.weight", width), Weight($"{name}.bias", width)],
            Int("axis", -1),
            Float("epsilon", epsilon)
        );

    /// <summary>Normalization over the last axis by the root of the mean square.</summary>
    public string RootMeanSquareNorm(string x, string name, int width, float epsilon) =>
        Node("SimplifiedLayerNormalization", [x, Weight($"{name}.weight", width)], Int("axis", -1), Float("epsilon", epsilon));

    /// <summary>What stands between the two layers of a feed-forward part.</summary>
    public string Activate(string x, Activation activation) =>
        activation switch
        {
            Activation.Gelu => MicrosoftNode("Gelu", [x]),
            Activation.GeluTanh => Node("Gelu", [x], Text("approximate", "tanh")),
            Activation.Relu => Node("Relu", [x]),
            Activation.QuickGelu => MicrosoftNode("QuickGelu", [x], Float("alpha", 1.702f)),
            Activation.Silu => MicrosoftNode("QuickGelu", [x], Float("alpha", 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
        };

    /// <summary>Gives a value another shape; -1 means what is left, 0 means unchanged.</summary>
    public string Reshape(string x, params ReadOnlySpan<long> shape) => Node("Reshape", [x, Constant(shape)]);

    /// <summary>The finished model's bytes.</summary>
    public byte[] Build() =>
        new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "ImageToText",
            Graph = _graph,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = OperatorSet },
                new OperatorSetIdProto { Domain = MicrosoftDomain, Version = 1 },
            },
        }.ToByteArray();

    /// <summary>A whole-number attribute.</summary>
    public static Attribute Int(string name, long value) =>
        new()
        {
            Name = name,
            I = value,
            Type = Attribute.Types.AttributeType.Int,
        };

    /// <summary>A list of whole numbers as an attribute.</summary>
    public static Attribute Ints(string name, params ReadOnlySpan<long> values) =>
        new()
        {
            Name = name,
            Ints = { values.ToArray() },
            Type = Attribute.Types.AttributeType.Ints,
        };

    /// <summary>A number as an attribute.</summary>
    public static Attribute Float(string name, float value) =>
        new()
        {
            Name = name,
            F = value,
            Type = Attribute.Types.AttributeType.Float,
        };

    /// <summary>A text as an attribute.</summary>
    private static Attribute Text(string name, string value) =>
        new()
        {
            Name = name,
            S = ByteString.CopyFromUtf8(value),
            Type = Attribute.Types.AttributeType.String,
        };

    private string[] Add(string operation, string domain, ReadOnlySpan<string> inputs, int outputs, ReadOnlySpan<Attribute> attributes)
    {
        var node = new NodeProto { OpType = operation, Domain = domain };
        node.Input.AddRange(inputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        for (int i = 0; i < outputs; i++)
        {
            node.Output.Add(NextName(operation));
        }

        node.Name = node.Output[0];
        _graph.Node.Add(node);
        return [.. node.Output];
    }

    private string Constant(DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        string name = NextName("constant");
        _graph.Initializer.Add(
            new TensorProto
            {
                Name = name,
                DataType = type,
                Dims = { shape.ToArray() },
                RawData = ByteString.CopyFrom(bytes),
            }
        );
        return name;
    }

    // A tensor as the checkpoint holds it.
    private string Stored(TensorEntry entry)
    {
        if (_stored.Add(entry.Name))
        {
            AddExternal(entry);
        }

        return entry.Name;
    }

    // Numbers of a tensor, converted unless the checkpoint holds them as they are computed.
    private string InComputeType(string numbers, TensorEntry entry) =>
        DataTypeOf(entry.Type) == ComputeType ? numbers : Node("Cast", [numbers], Int("to", (long)ComputeType));

    private void AddExternal(TensorEntry entry)
    {
        if (!_checkpoint!.LiesAsItIs(entry))
        {
            throw new InvalidOperationException($"Tensor {entry.Name} was not put into row order before its graph.");
        }

        _graph.Initializer.Add(
            new TensorProto
            {
                Name = entry.Name,
                DataType = DataTypeOf(entry.Type),
                Dims = { entry.Shape },
                DataLocation = TensorProto.Types.DataLocation.External,
                ExternalData =
                {
                    Pair("location", Path.GetRelativePath(_checkpoint.RootFolder, entry.File)),
                    Pair("offset", entry.Offset.ToString(CultureInfo.InvariantCulture)),
                    Pair("length", entry.Length.ToString(CultureInfo.InvariantCulture)),
                },
            }
        );
    }

    private string NextName(string operation) => $"{operation}_{_nextValue++}";

    private static StringStringEntryProto Pair(string key, string value) => new() { Key = key, Value = value };

    private static ValueInfoProto Declare(string name, DataType type, ReadOnlySpan<object> shape)
    {
        var declared = new TensorShapeProto();
        foreach (object dimension in shape)
        {
            declared.Dim.Add(
                dimension is string symbol
                    ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                    : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dimension, CultureInfo.InvariantCulture) }
            );
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = declared },
            },
        };
    }

    private static DataType DataTypeOf(TensorType type) =>
        type switch
        {
            TensorType.F32 => DataType.Float,
            TensorType.F16 => DataType.Float16,
            TensorType.BF16 => DataType.Bfloat16,
            TensorType.I8 => DataType.Int8,
            TensorType.U8 => DataType.Uint8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
}
