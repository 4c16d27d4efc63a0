using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// A language model for one step of a running batch, and for a prompt: ids [rows, sequence] to the logits [rows, vocabulary] after each
/// row's last token. Rows attend to the prefix of their picture, which all rows of a picture share, and to their own text, whose keys and
/// values are updated in place: the same buffer is bound as past and as present.
/// </summary>
/// <remarks>
/// Every query is a product of its own, and both kinds of positions are filled up to multiples of <see cref="PositionBlock"/>, which
/// are masked: so a row's bits depend neither on the rows beside it nor on how long the longest prefix and the longest text are.
/// </remarks>
internal static class PrefixStepGraph
{
    /// <summary>
    /// Positions of prefixes and texts are allocated in multiples of this: what vector registers and products hold at once divides it.
    /// </summary>
    public const int PositionBlock = 64;

    /// <summary>What a masked position's score gets: nothing of it is left after the softmax, and float16 holds it.</summary>
    public const float Masked = -65504;

    /// <summary>Input: int64 [rows, sequence], the tokens to read.</summary>
    public const string Ids = "ids";

    /// <summary>Input: int64 [rows x sequence], each token's position.</summary>
    public const string Positions = "positions";

    /// <summary>
    /// Input: int64 [rows x sequence, heads of keys and values, 3], where the token's keys and values go: row, head, position.
    /// </summary>
    public const string Places = "places";

    /// <summary>Input: float32 [rows, sequence, 1, 1, text positions], 0 or <see cref="Masked"/>.</summary>
    public const string TextMask = "text_mask";

    /// <summary>Input: float32 [prefixes, 1, 1, 1, prefix positions], 0 or <see cref="Masked"/>.</summary>
    public const string PrefixMask = "prefix_mask";

    /// <summary>Input: int64 [prefixes, width], for each prefix the flat tokens that look at it; filled up with any.</summary>
    public const string Fold = "fold";

    /// <summary>Input: int64 [rows x sequence], for each flat token its place in the flattened <see cref="Fold"/>.</summary>
    public const string Unfold = "unfold";

    /// <summary>Input: int64 [rows], for each row the flat token whose logits are wanted.</summary>
    public const string LastTokens = "last_tokens";

    /// <summary>Input: int64 [2], the positions of prefixes and of texts.</summary>
    public const string PositionCounts = "position_counts";

    /// <summary>Output: float32 [rows, vocabulary].</summary>
    public const string Logits = "logits";

    /// <summary>Input: keys of earlier tokens, [rows, heads, text positions, head size].</summary>
    public static string PastKeys(int layer) => $"past_key_{layer}";

    /// <summary>Input: values of earlier tokens, [rows, heads, text positions, head size].</summary>
    public static string PastValues(int layer) => $"past_value_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastKeys"/>.</summary>
    public static string PresentKeys(int layer) => $"present_key_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastValues"/>.</summary>
    public static string PresentValues(int layer) => $"present_value_{layer}";

    /// <summary>Positions filled up to a whole number of blocks.</summary>
    public static int Padded(int positions) => (positions + PositionBlock - 1) / PositionBlock * PositionBlock;

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(PrefixDecoder decoder, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("language_model", checkpoint, precision);
        Describe(decoder, graph);
        return graph.Build();
    }

    /// <summary>Adds inputs, nodes and outputs to a graph.</summary>
    public static void Describe(PrefixDecoder decoder, GraphBuilder graph)
    {
        var layers = new PrefixLayers(decoder, graph);
        string ids = graph.Reshape(graph.Input(Ids, DataType.Int64, "rows", "sequence"), -1);
        string positions = graph.Input(Positions, DataType.Int64, "tokens");
        var attention = new StepAttention(decoder, graph);
        graph.Input(LastTokens, DataType.Int64, "rows");
        string x = layers.Embed(ids, positions);
        for (int index = 0; index < decoder.Layers; index++)
        {
            var (layer, number) = (decoder.Layer(index), index);
            x = layers.Attention(
                layer,
                x,
                part =>
                {
                    var (keys, values) = layers.KeysAndValues(layer, part, positions);
                    return attention.Attend(number, layers.Queries(layer, part, positions), keys, values);
                }
            );
            x = layers.FeedForward(layer, x);
        }

        string logits = layers.Score(graph.Node("Gather", [x, LastTokens], Int("axis", 0)));
        if (graph.ComputeType is not DataType.Float)
        {
            logits = graph.Node("Cast", [logits], Int("to", (long)DataType.Float));
        }

        graph.Output(logits, Logits, DataType.Float, "rows", decoder.VocabularySize);
    }

    /// <summary>The attention of every layer, with the inputs that they share.</summary>
    private sealed class StepAttention
    {
        private readonly PrefixDecoder _decoder;
        private readonly GraphBuilder _graph;
        private readonly string _textMask;
        private readonly string _prefixMask;
        private readonly string _byRow;

        public StepAttention(PrefixDecoder decoder, GraphBuilder graph)
        {
            (_decoder, _graph) = (decoder, graph);
            graph.Input(Places, DataType.Int64, "tokens", decoder.KeyValueHeads, 3);
            graph.Input(Fold, DataType.Int64, "prefixes", "width");
            graph.Input(Unfold, DataType.Int64, "tokens");
            graph.Input(PositionCounts, DataType.Int64, 2);
            _textMask = Mask(TextMask, "rows", "sequence", 1, 1, "text_positions");
            _prefixMask = Mask(PrefixMask, "prefixes", 1, 1, 1, "prefix_positions");
            // Flat tokens as [rows, sequence, heads of keys and values, queries that share them, head size].
            _byRow = graph.Join([graph.Node("Shape", [Ids]), graph.Constant(decoder.KeyValueHeads, decoder.Group, decoder.HeadSize)]);
        }

        /// <summary>From flat queries, keys and values to what the heads put out, [tokens, heads x head size].</summary>
        public string Attend(int layer, string queries, string keys, string values)
        {
            object[] text = ["rows", _decoder.KeyValueHeads, "text_positions", _decoder.HeadSize];
            string presentKeys = Write(PastKeys(layer), PresentKeys(layer), keys, text);
            string presentValues = Write(PastValues(layer), PresentValues(layer), values, text);
            string prefixKeys = Shared(PrefixGraph.Keys(layer), _decoder.HeadSize, "prefix_positions");
            string prefixValues = Shared(PrefixGraph.Values(layer), "prefix_positions", _decoder.HeadSize);

            string scaled = _graph.Node("Mul", [queries, _graph.Scalar(1 / MathF.Sqrt(_decoder.HeadSize))]);
            string heads = _graph.Reshape(scaled, -1, _decoder.KeyValueHeads, _decoder.Group, _decoder.HeadSize);
            string ofPrefix = _graph.Node("MatMul", [Folded(heads), prefixKeys]);
            ofPrefix = Unfolded(_graph.Node("Add", [ofPrefix, _prefixMask]));

            string onItsSide = _graph.Node("Transpose", [presentKeys], Ints("perm", 0, 1, 3, 2));
            string ofText = _graph.Node("MatMul", [_graph.Node("Reshape", [scaled, _byRow]), ForEachToken(onItsSide)]);
            ofText = Flat(_graph.Node("Add", [ofText, _textMask]));

            string shares = _graph.Node("Softmax", [_graph.Node("Concat", [ofPrefix, ofText], Int("axis", -1))], Int("axis", -1));
            string[] parts = _graph.Nodes("Split", [shares, PositionCounts], 2, Int("axis", -1));
            string fromPrefix = Unfolded(_graph.Node("MatMul", [Folded(parts[0]), prefixValues]));
            string textShares = _graph.Node("Reshape", [parts[1], ByRowOfPositions()]);
            string fromText = Flat(_graph.Node("MatMul", [textShares, ForEachToken(presentValues)]));
            return _graph.Reshape(_graph.Node("Add", [fromPrefix, fromText]), -1, _decoder.Heads * _decoder.HeadSize);
        }

        private string Mask(string name, params ReadOnlySpan<object> shape)
        {
            string mask = _graph.Input(name, DataType.Float, shape);
            return _graph.ComputeType is DataType.Float ? mask : _graph.Node("Cast", [mask], Int("to", (long)_graph.ComputeType));
        }

        // ONNX Runtime writes where the past lies, as both are bound to one buffer.
        private string Write(string past, string present, string flat, object[] shape)
        {
            string updates = _graph.Reshape(flat, -1, _decoder.KeyValueHeads, _decoder.HeadSize);
            _graph.NodeAs("ScatterND", [_graph.Input(past, _graph.ComputeType, shape), Places, updates], present);
            _graph.OutputAsIs(present, _graph.ComputeType, shape);
            return present;
        }

        private string Shared(string name, object rows, object columns) =>
            _graph.Node(
                "Unsqueeze",
                [_graph.Input(name, _graph.ComputeType, "prefixes", _decoder.KeyValueHeads, rows, columns), _graph.Constant(1)]
            );

        private string ForEachToken(string x) => _graph.Node("Unsqueeze", [x, _graph.Constant(1)]);

        // [tokens, heads, group, n] as [prefixes, width, heads, group, n].
        private string Folded(string x) => _graph.Node("Gather", [x, Fold], Int("axis", 0));

        // And back.
        private string Unfolded(string x) => _graph.Node("Gather", [Flat(x), Unfold], Int("axis", 0));

        // The first two axes as one.
        private string Flat(string x) =>
            _graph.Node("Reshape", [x, _graph.Join([_graph.Constant(-1), _graph.Node("Shape", [x], Int("start", 2))])]);

        private string ByRowOfPositions() =>
            _graph.Join([_graph.Node("Shape", [Ids]), _graph.Constant(_decoder.KeyValueHeads, _decoder.Group, -1)]);
    }
}
