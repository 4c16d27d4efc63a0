using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>Linear layers, in floating point numbers or in eight bits, as the checkpoint holds them.</summary>
internal sealed partial class GraphBuilder
{
    // MatMulNBits' accuracy level at which activations become eight-bit numbers too.
    private const int QuantizeActivations = 4;

    /// <summary>
    /// A linear layer on rows: x [rows, in] to [rows, out]. If the checkpoint holds the layer in eight bits, each call quantizes
    /// all of x with one scale, so use it only for values that belong to one picture.
    /// </summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width out.</param>
    /// <param name="extraInputs">Columns of zeros at the end of x (see <see cref="RowSpread"/>).</param>
    /// <param name="extraOutputs">Columns of zeros at the end of the result.</param>
    public string Linear(string x, LinearLayer layer, int inputs, int outputs, int extraInputs = 0, int extraOutputs = 0)
    {
        if (HoldsMatrix(layer))
        {
            return QuantizedLinear(x, layer, inputs, outputs);
        }

        string weight = Matrix(layer, inputs, outputs, EightBitForm.PerOutput);
        string? bias = Bias(layer, outputs);
        if (extraInputs + extraOutputs > 0)
        {
            var (rows, columns) = layer.InputsFirst ? (extraInputs, extraOutputs) : (extraOutputs, extraInputs);
            weight = Node("Pad", [weight, Constant(0, 0, rows, columns)]);
            bias = bias is null ? null : Node("Pad", [bias, Constant(0, extraOutputs)]);
        }

        return Gemm(x, weight, bias, layer.InputsFirst);
    }

    /// <summary>
    /// Like <see cref="Linear"/>, for a layer whose output has parts of equal width, each a separate value [rows, out / parts]:
    /// one layer for all parts, or one for each.
    /// </summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="layers">One layer, or one per part.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width of all parts together.</param>
    /// <param name="parts">Number of parts.</param>
    public string[] LinearParts(string x, IReadOnlyList<LinearLayer> layers, int inputs, int outputs, int parts)
    {
        if (HoldsMatrix(layers[0]))
        {
            return QuantizedParts(x, layers, inputs, outputs, parts);
        }

        if (layers is not [var layer])
        {
            return [.. layers.Select(part => Linear(x, part, inputs, outputs / parts))];
        }

        string[] weights = Split(Matrix(layer, inputs, outputs, EightBitForm.PerOutput), parts, layer.InputsFirst ? 1 : 0);
        string?[] biases = Bias(layer, outputs) is { } bias ? Split(bias, parts, axis: 0) : new string?[parts];
        return [.. weights.Zip(biases, (weight, part) => Gemm(x, weight, part, layer.InputsFirst))];
    }

    /// <summary>
    /// How many columns of zeros to add after rows of a given width. If float32 rows are a multiple of a page long, the same
    /// column of all rows falls into the same few lines of the first-level cache, and rows that are multiplied together evict
    /// each other. One more cache line spreads them. Sums stay the same. 0: not needed, because rows are spread already or are
    /// packed anew (eight bits, a GPU).
    /// </summary>
    /// <param name="layer">The layer that reads the rows.</param>
    /// <param name="width">Their width.</param>
    public int RowSpread(LinearLayer layer, int width)
    {
        const int page = 4096;
        const int cacheLine = 64;
        return ComputeType is DataType.Float && width * sizeof(float) % page == 0 && !HoldsMatrix(layer) ? cacheLine / sizeof(float) : 0;
    }

    /// <summary>
    /// Like <see cref="Linear"/>, for rows of different requests. In eight bits every block of every row has its own scale, so no
    /// row's result depends on the rows beside it.
    /// </summary>
    public string LinearByRow(string x, LinearLayer layer, int inputs, int outputs) =>
        LinearByRow(x, layer, inputs, outputs, EightBitForm.Blocks);

    /// <inheritdoc cref="LinearByRow(string, LinearLayer, int, int)"/>
    /// <param name="x">[rows, in].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width out.</param>
    /// <param name="form">The eight-bit form of its matrix: blocks of some length, or unchanged.</param>
    public string LinearByRow(string x, LinearLayer layer, int inputs, int outputs, EightBitForm form) =>
        LinearsByRow(x, [layer], inputs, outputs, form);

    /// <summary>
    /// Layers that read the same rows, as one product: x [rows, in] to [rows, out], with the layers' outputs one after the other.
    /// </summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="layers">Layers of one shape. If there are several, they must be torch's.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width out of all layers together.</param>
    public string LinearsByRow(string x, IReadOnlyList<LinearLayer> layers, int inputs, int outputs) =>
        LinearsByRow(x, layers, inputs, outputs, EightBitForm.Blocks);

    private string LinearsByRow(string x, IReadOnlyList<LinearLayer> layers, int inputs, int outputs, EightBitForm form)
    {
        int width = outputs / layers.Count;
        string? bias = layers[0].Bias is null ? null : Join(layers.Select(layer => Bias(layer, width)!));
        if (_checkpoint is null || !_checkpoint.Contains(QuantizedNames.Blocks(layers[0].Weight)))
        {
            return Gemm(x, Join(layers.Select(layer => Matrix(layer, inputs, width, form))), bias, layers[0].InputsFirst);
        }

        int size = _checkpoint.BlockSize(layers[0].Weight);
        string blocks = Join(layers.Select(layer => Quantized(QuantizedNames.Blocks(layer.Weight), width, inputs / size, size)));
        string scales = Join(layers.Select(layer => Weight(QuantizedNames.BlockScales(layer.Weight), width, inputs / size)));
        return MicrosoftNode(
            "MatMulNBits",
            bias is null ? [x, blocks, scales] : [x, blocks, scales, "", "", bias],
            Int("K", inputs),
            Int("N", outputs),
            Int("bits", 8),
            Int("block_size", size),
            Int("accuracy_level", QuantizeActivations)
        );
    }

    private string QuantizedLinear(string x, LinearLayer layer, int inputs, int outputs)
    {
        string matrix = Quantized(QuantizedNames.Matrix(layer.Weight), inputs, outputs);
        string scales = Weight(QuantizedNames.Scales(layer.Weight), outputs);
        string? bias = Bias(layer, outputs);
        return MicrosoftNode("DynamicQuantizeMatMul", bias is null ? [x, matrix, scales] : [x, matrix, scales, "", bias]);
    }

    // One product for each part, so that none has to be copied out of a common result. x is quantized once for all of them.
    private string[] QuantizedParts(string x, IReadOnlyList<LinearLayer> layers, int inputs, int outputs, int parts)
    {
        int width = outputs / layers.Count;
        string[] quantized = Nodes("DynamicQuantizeLinear", [x], 3);
        string[] matrices = Each(layer => Quantized(QuantizedNames.Matrix(layer.Weight), inputs, width), axis: 1);
        string[] scales = Each(layer => Weight(QuantizedNames.Scales(layer.Weight), width), axis: 0);
        string[]? biases = layers[0].Bias is null ? null : Each(layer => Bias(layer, width)!, axis: 0);
        return [.. Enumerable.Range(0, parts).Select(Product)];

        string[] Each(Func<LinearLayer, string> constant, int axis) =>
            layers is [var only] ? Split(constant(only), parts, axis) : [.. layers.Select(constant)];

        string Product(int part)
        {
            string[] operands = [quantized[0], matrices[part], quantized[1], scales[part], quantized[2]];
            return MicrosoftNode("MatMulIntegerToFloat", biases is null ? operands : [.. operands, "", biases[part]]);
        }
    }

    private bool HoldsMatrix(LinearLayer layer) => _checkpoint is not null && _checkpoint.Contains(QuantizedNames.Matrix(layer.Weight));

    private string Matrix(LinearLayer layer, int inputs, int outputs, EightBitForm form)
    {
        ReadOnlySpan<long> shape = layer.InputsFirst ? [inputs, outputs] : [outputs, inputs];
        if (_checkpoint is not null)
        {
            return Weight(layer.Weight, shape);
        }

        Use(layer.Weight, shape, isRead: form == EightBitForm.AsIs, form with { InputsFirst = layer.InputsFirst });
        return layer.Weight;
    }

    private string? Bias(LinearLayer layer, int outputs) => layer.Bias is { } bias ? Weight(bias, outputs) : null;

    private string Gemm(string x, string weight, string? bias, bool inputsFirst) =>
        Node("Gemm", bias is null ? [x, weight] : [x, weight, bias], Int("transB", inputsFirst ? 0 : 1));

    private string Quantized(string name, params ReadOnlySpan<long> shape) => Stored(_checkpoint!.Get(name, shape));
}
