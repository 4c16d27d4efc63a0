using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Execution;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Graphs;

/// <summary>
/// BLIP's text decoder (transformers' BlipTextLMHeadModel) for one step of a running batch, and for a prompt: ids
/// [rows, sequence] to the logits [rows, vocabulary] after each row's last token. Keys and values of earlier tokens
/// are updated in place: the same buffer is bound as past and as present.
/// </summary>
/// <remarks>
/// Rows that look at the same picture share its cross-attention keys and values: <see cref="Fold"/> lays the rows'
/// queries out as [pictures, width], so that these large tensors are read once per picture however many beams it has.
/// </remarks>
internal static class TextDecoderGraph
{
    /// <summary>Input: int64 [rows, sequence], the tokens to read.</summary>
    public const string Ids = "ids";

    /// <summary>Input: int64 [rows, sequence], each token's position.</summary>
    public const string Positions = "positions";

    /// <summary>Input: int32 [rows], each row's length after this step, less one.</summary>
    public const string LastPositions = "last_positions";

    /// <summary>Input: int32 [1], the longest row's length after this step.</summary>
    public const string LongestRow = "longest_row";

    /// <summary>Input: int64 [pictures, width], for each picture the flat tokens (row x sequence + position) that look at it; filled up with any.</summary>
    public const string Fold = "fold";

    /// <summary>Input: int64 [rows x sequence], for each flat token its place in the flattened <see cref="Fold"/>.</summary>
    public const string Unfold = "unfold";

    /// <summary>Input: int64 [rows], for each row the flat token whose logits are wanted.</summary>
    public const string LastTokens = "last_tokens";

    /// <summary>Output: float32 [rows, vocabulary].</summary>
    public const string Logits = "logits";

    /// <summary>Input: keys of earlier tokens, [rows, heads, positions, head size].</summary>
    public static string PastKeys(int layer) => $"past_key_{layer}";

    /// <summary>Input: values of earlier tokens, [rows, heads, positions, head size].</summary>
    public static string PastValues(int layer) => $"past_value_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastKeys"/>.</summary>
    public static string PresentKeys(int layer) => $"present_key_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastValues"/>.</summary>
    public static string PresentValues(int layer) => $"present_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(TextDecoderConfig config, int pictureTokens, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("text_decoder", checkpoint, precision);
        var hidden = config.HiddenSize;
        var x = Embed(graph, config);
        graph.Input(LastPositions, DataType.Int32, "rows");
        graph.Input(LongestRow, DataType.Int32, 1);
        graph.Input(Fold, DataType.Int64, "pictures", "width");
        graph.Input(Unfold, DataType.Int64, "tokens");
        graph.Input(LastTokens, DataType.Int64, "rows");
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = TextDecoderNames.Layer(layer);
            x = SelfAttention(graph, config, layer, $"{name}.attention", x);
            x = CrossAttention(graph, config, layer, pictureTokens, $"{name}.crossattention", x);
            x = FeedForward(graph, config, name, x);
        }

        x = graph.Node("Gather", [x, LastTokens], Int("axis", 0));
        x = graph.Gelu(graph.LinearByRow(x, TextDecoderNames.TransformDense, hidden, hidden));
        x = graph.LayerNorm(x, TextDecoderNames.TransformNorm, hidden, config.LayerNormEpsilon);
        var matrix = config.OutputMatrixTied ? TextDecoderNames.WordEmbeddings : TextDecoderNames.OutputMatrix;
        var logits = graph.MatrixByRow(x, matrix, TextDecoderNames.OutputBias, hidden, config.VocabularySize);
        if (graph.ComputeType is not DataType.Float)
        {
            logits = graph.Node("Cast", [logits], Int("to", (long)DataType.Float));
        }

        graph.Output(logits, Logits, DataType.Float, "rows", config.VocabularySize);
        return graph.Build();
    }

    // Word plus position, normalized, as flat tokens [rows x sequence, hidden].
    private static string Embed(GraphBuilder graph, TextDecoderConfig config)
    {
        var ids = graph.Reshape(graph.Input(Ids, DataType.Int64, "rows", "sequence"), -1);
        var positions = graph.Reshape(graph.Input(Positions, DataType.Int64, "rows", "sequence"), -1);
        var words = graph.Node("Gather", [graph.Weight(TextDecoderNames.WordEmbeddings, config.VocabularySize, config.HiddenSize), ids], Int("axis", 0));
        var places = graph.Node("Gather", [graph.Weight(TextDecoderNames.PositionEmbeddings, config.MaxPositions, config.HiddenSize), positions], Int("axis", 0));
        return graph.LayerNorm(graph.Node("Add", [words, places]), TextDecoderNames.EmbeddingNorm, config.HiddenSize, config.LayerNormEpsilon);
    }

    private static string SelfAttention(GraphBuilder graph, TextDecoderConfig config, int layer, string name, string x)
    {
        var hidden = config.HiddenSize;
        object[] cache = ["rows", config.Heads, config.MaxPositions, config.HeadSize];
        // [rows, sequence, query and key and value]: the sequence's length is that of the ids.
        var shape = graph.Node("Concat", [graph.Node("Shape", [Ids]), graph.Constant(3 * hidden)], Int("axis", 0));
        var projected = graph.LinearsByRow(x, [$"{name}.self.query", $"{name}.self.key", $"{name}.self.value"], hidden, hidden);
        var attended = $"self_attention_{layer}";
        graph.MicrosoftNode(
            "GroupQueryAttention",
            [
                graph.Node("Reshape", [projected, shape]), "", "",
                graph.Input(PastKeys(layer), graph.ComputeType, cache), graph.Input(PastValues(layer), graph.ComputeType, cache),
                LastPositions, LongestRow,
            ],
            [attended, PresentKeys(layer), PresentValues(layer)],
            Int("num_heads", config.Heads), Int("kv_num_heads", config.Heads));
        graph.OutputAsIs(PresentKeys(layer), graph.ComputeType, cache);
        graph.OutputAsIs(PresentValues(layer), graph.ComputeType, cache);
        return AddAndNorm(graph, config, $"{name}.output", graph.Reshape(attended, -1, hidden), hidden, x);
    }

    private static string CrossAttention(GraphBuilder graph, TextDecoderConfig config, int layer, int pictureTokens, string name, string x)
    {
        var hidden = config.HiddenSize;
        var query = graph.LinearByRow(x, $"{name}.self.query", hidden, hidden);
        var valueShape = CrossAttentionGraph.ValueShape(config, pictureTokens);
        var keys = PictureRows(graph, CrossAttentionGraph.Keys(layer), CrossAttentionGraph.KeyShape(valueShape, graph.Precision));
        var values = PictureRows(graph, CrossAttentionGraph.Values(layer), valueShape);
        var attended = CrossAttentionGraph.AttendsOneByOne(graph.Precision)
            ? AttendOneByOne(graph, config, query, keys, values)
            : graph.MicrosoftNode("MultiHeadAttention", [Folded(graph, query), keys, values], Int("num_heads", config.Heads));
        var rows = graph.Node("Gather", [graph.Reshape(attended, -1, hidden), Unfold], Int("axis", 0));
        return AddAndNorm(graph, config, $"{name}.output", rows, hidden, x);
    }

    private static string PictureRows(GraphBuilder graph, string name, RowShape shape) =>
        graph.Input(name, graph.ComputeType, "pictures", shape.Heads, shape.Positions, shape.HeadSize);

    // Flat tokens [rows x sequence, hidden] as [pictures, width, hidden].
    private static string Folded(GraphBuilder graph, string x) => graph.Node("Gather", [x, Fold], Int("axis", 0));

    // Every query as a product of its own, [pictures, heads, width, 1, head size]: a single row is multiplied as the keys and values are
    // read, where several rows have them copied first, for every token again; and a query's bits depend on no other query. Queries are
    // scaled rather than scores, and not beside the product: a product with a factor of its own has the keys copied, too.
    private static string AttendOneByOne(GraphBuilder graph, TextDecoderConfig config, string query, string keys, string values)
    {
        long[] headsFirst = [0, 2, 1, 3, 4];
        var scaled = Folded(graph, graph.Node("Mul", [query, graph.Scalar(1 / MathF.Sqrt(config.HeadSize))]));
        var apart = graph.Node("Transpose", [graph.Reshape(scaled, 0, 0, config.Heads, 1, config.HeadSize)], Ints("perm", headsFirst));
        string ForEachQuery(string tensor) => graph.Node("Unsqueeze", [tensor, graph.Constant(2)]);
        var scores = graph.Node("MatMul", [apart, ForEachQuery(keys)]);
        var mixed = graph.Node("MatMul", [graph.Node("Softmax", [scores], Int("axis", -1)), ForEachQuery(values)]);
        return graph.Node("Transpose", [mixed], Ints("perm", headsFirst));
    }

    private static string FeedForward(GraphBuilder graph, TextDecoderConfig config, string name, string x)
    {
        var inner = graph.Gelu(graph.LinearByRow(x, $"{name}.intermediate.dense", config.HiddenSize, config.IntermediateSize));
        return AddAndNorm(graph, config, $"{name}.output", inner, config.IntermediateSize, x);
    }

    private static string AddAndNorm(GraphBuilder graph, TextDecoderConfig config, string name, string x, int width, string residual)
    {
        var dense = graph.LinearByRow(x, $"{name}.dense", width, config.HiddenSize);
        return graph.LayerNorm(graph.Node("Add", [dense, residual]), $"{name}.LayerNorm", config.HiddenSize, config.LayerNormEpsilon);
    }
}
