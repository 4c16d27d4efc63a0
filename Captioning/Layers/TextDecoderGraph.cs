using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// A text decoder that attends to pictures, for one step of a running batch and for a prompt. It turns ids [rows, sequence] into
/// the logits [rows, vocabulary] after each row's last token. Keys and values of earlier tokens are updated in place: the same
/// buffer is bound as past and as present.
/// </summary>
/// <remarks>
/// Rows that attend to the same picture share its cross-attention keys and values. <see cref="Fold"/> lays the rows' queries out
/// as [pictures, width], so that these large tensors are read once per picture however many beams it has.
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

    /// <summary>
    /// Input: int64 [pictures, width], for each picture the flat tokens (row x sequence + position) that attend to it; padded
    /// with any others.
    /// </summary>
    public const string Fold = "fold";

    /// <summary>Input: int64 [rows x sequence], for each flat token its position in the flattened <see cref="Fold"/>.</summary>
    public const string Unfold = "unfold";

    /// <summary>Input: int64 [rows], for each row the flat token whose logits are wanted.</summary>
    public const string LastTokens = "last_tokens";

    /// <summary>Input, only if it varies: int64 [pictures], how many tokens each picture's rows attend to.</summary>
    public const string AttendedCounts = "attended_counts";

    /// <summary>Output: float32 [rows, vocabulary].</summary>
    public const string Logits = "logits";

    // Its exponential is zero beside any score, and float16 can represent it.
    private const float LeftOut = -60000;

    /// <summary>Input: keys of earlier tokens, [rows, heads, positions, head size].</summary>
    public static string PastKeys(int layer) => $"past_key_{layer}";

    /// <summary>Input: values of earlier tokens, [rows, heads, positions, head size].</summary>
    public static string PastValues(int layer) => $"past_value_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastKeys"/>.</summary>
    public static string PresentKeys(int layer) => $"present_key_{layer}";

    /// <summary>Output: bound to the same buffer as <see cref="PastValues"/>.</summary>
    public static string PresentValues(int layer) => $"present_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(CrossDecoder decoder, AttendedTokens attended, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("text_decoder", checkpoint, precision);
        Describe(decoder, attended, graph);
        return graph.Build();
    }

    /// <summary>Adds inputs, nodes and outputs to a graph.</summary>
    public static void Describe(CrossDecoder decoder, AttendedTokens attended, GraphBuilder graph)
    {
        string x = Embed(graph, decoder);
        graph.Input(LastPositions, DataType.Int32, "rows");
        graph.Input(LongestRow, DataType.Int32, 1);
        graph.Input(Fold, DataType.Int64, "pictures", "width");
        graph.Input(Unfold, DataType.Int64, "tokens");
        graph.Input(LastTokens, DataType.Int64, "rows");
        string? mask = attended.Varies ? Mask(graph, attended) : null;
        for (int index = 0; index < decoder.Layers; index++)
        {
            var layer = decoder.Layer(index);
            x = AddPart(graph, decoder, layer.SelfNorm, x, part => SelfAttention(graph, decoder, index, layer, part));
            x = AddPart(graph, decoder, layer.CrossNorm, x, part => CrossAttention(graph, decoder, index, layer, attended, mask, part));
            x = AddPart(graph, decoder, layer.FeedForwardNorm, x, part => FeedForward(graph, decoder, layer, part));
        }

        string logits = Score(graph, decoder, graph.Node("Gather", [x, LastTokens], Int("axis", 0)));
        if (graph.ComputeType is not DataType.Float)
        {
            logits = graph.Node("Cast", [logits], Int("to", (long)DataType.Float));
        }

        graph.Output(logits, Logits, DataType.Float, "rows", decoder.VocabularySize);
    }

    // Word plus position, as flat tokens [rows x sequence, hidden].
    private static string Embed(GraphBuilder graph, CrossDecoder decoder)
    {
        var embedding = decoder.Embedding;
        string ids = graph.Reshape(graph.Input(Ids, DataType.Int64, "rows", "sequence"), -1);
        string positions = graph.Reshape(graph.Input(Positions, DataType.Int64, "rows", "sequence"), -1);
        string words = graph.Rows(embedding.Words, decoder.VocabularySize, decoder.HiddenSize, ids);
        if (embedding.Scale != 1)
        {
            words = graph.Node("Mul", [words, graph.Scalar(embedding.Scale)]);
        }

        if (embedding.TokenTypes is { } types)
        {
            string type = graph.Node(
                "Gather",
                [graph.Weight(types, embedding.TokenTypeCount, decoder.HiddenSize), graph.Constant(0)],
                Int("axis", 0)
            );
            words = graph.Node("Add", [words, type]);
        }

        string x = graph.Node("Add", [words, embedding.Positions.Build(graph, ids, positions, decoder.MaxPositions, decoder.HiddenSize)]);
        return embedding.Norm is { } norm ? graph.LayerNorm(x, norm, decoder.HiddenSize, decoder.LayerNormEpsilon) : x;
    }

    // A part of a layer, between its input and what is added to it.
    private static string AddPart(GraphBuilder graph, CrossDecoder decoder, string norm, string x, Func<string, string> part)
    {
        string Norm(string value) => graph.LayerNorm(value, norm, decoder.HiddenSize, decoder.LayerNormEpsilon);
        return decoder.NormsFirst ? graph.Node("Add", [part(Norm(x)), x]) : Norm(graph.Node("Add", [part(x), x]));
    }

    private static string SelfAttention(GraphBuilder graph, CrossDecoder decoder, int index, CrossDecoderLayer layer, string x)
    {
        int hidden = decoder.HiddenSize;
        object[] cache = ["rows", decoder.Heads, decoder.MaxPositions, decoder.HeadSize];
        // [rows, sequence, query and key and value]: the sequence has the length of the ids.
        string shape = graph.Node("Concat", [graph.Node("Shape", [Ids]), graph.Constant(3 * hidden)], Int("axis", 0));
        string projected = graph.LinearsByRow(x, layer.SelfQueryKeyValue, hidden, 3 * hidden);
        string attended = $"self_attention_{index}";
        graph.MicrosoftNode(
            "GroupQueryAttention",
            [
                graph.Node("Reshape", [projected, shape]),
                "",
                "",
                graph.Input(PastKeys(index), graph.ComputeType, cache),
                graph.Input(PastValues(index), graph.ComputeType, cache),
                LastPositions,
                LongestRow,
            ],
            [attended, PresentKeys(index), PresentValues(index)],
            Int("num_heads", decoder.Heads),
            Int("kv_num_heads", decoder.Heads)
        );
        graph.OutputAsIs(PresentKeys(index), graph.ComputeType, cache);
        graph.OutputAsIs(PresentValues(index), graph.ComputeType, cache);
        return graph.LinearByRow(graph.Reshape(attended, -1, hidden), layer.SelfOutput, hidden, hidden);
    }

    private static string CrossAttention(
        GraphBuilder graph,
        CrossDecoder decoder,
        int index,
        CrossDecoderLayer layer,
        AttendedTokens attended,
        string? mask,
        string x
    )
    {
        int hidden = decoder.HiddenSize;
        string query = graph.LinearByRow(x, layer.CrossQuery, hidden, hidden);
        var keyShape = CrossAttentionGraph.KeyShape(decoder, attended, graph.Precision);
        string keys = PictureRows(graph, CrossAttentionGraph.Keys(index), keyShape);
        string values = PictureRows(graph, CrossAttentionGraph.Values(index), CrossAttentionGraph.ValueShape(decoder, attended));
        string mixed = CrossAttentionGraph.AttendsOneByOne(attended, graph.Precision)
            ? AttendOneByOne(graph, decoder, query, keys, values, mask)
            : graph.MicrosoftNode("MultiHeadAttention", [Folded(graph, query), keys, values], Int("num_heads", decoder.Heads));
        string rows = graph.Node("Gather", [graph.Reshape(mixed, -1, hidden), Unfold], Int("axis", 0));
        return graph.LinearByRow(rows, layer.CrossOutput, hidden, hidden);
    }

    // What is added to the scores: zero where there is something to attend to, otherwise a value that excludes the place,
    // [pictures, 1, 1, 1, places].
    private static string Mask(GraphBuilder graph, AttendedTokens attended)
    {
        string counts = graph.Reshape(graph.Input(AttendedCounts, DataType.Int64, "pictures"), -1, 1, 1, 1, 1);
        string places = graph.Constant([.. Enumerable.Range(0, attended.Count).Select(static place => (long)place)]);
        return graph.Node("Where", [graph.Node("Less", [places, counts]), graph.Scalar(0), graph.Scalar(LeftOut)]);
    }

    private static string PictureRows(GraphBuilder graph, string name, RowShape shape) =>
        graph.Input(name, graph.ComputeType, "pictures", shape.Heads, shape.Positions, shape.HeadSize);

    // Flat tokens [rows x sequence, hidden] as [pictures, width, hidden].
    private static string Folded(GraphBuilder graph, string x) => graph.Node("Gather", [x, Fold], Int("axis", 0));

    // Every query is a separate product, [pictures, heads, width, 1, head size]. A single row is multiplied while keys and values
    // are read; for several rows they are copied first, again for every token. And no query's bits depend on another query. The
    // queries are scaled, not the scores, and outside the product: a product with a factor also copies the keys.
    private static string AttendOneByOne(GraphBuilder graph, CrossDecoder decoder, string query, string keys, string values, string? mask)
    {
        long[] headsFirst = [0, 2, 1, 3, 4];
        string scaled = Folded(graph, graph.Node("Mul", [query, graph.Scalar(1 / MathF.Sqrt(decoder.HeadSize))]));
        string apart = graph.Node("Transpose", [graph.Reshape(scaled, 0, 0, decoder.Heads, 1, decoder.HeadSize)], Ints("perm", headsFirst));
        string ForEachQuery(string tensor) => graph.Node("Unsqueeze", [tensor, graph.Constant(2)]);
        string scores = graph.Node("MatMul", [apart, ForEachQuery(keys)]);
        scores = mask is null ? scores : graph.Node("Add", [scores, mask]);
        string mixed = graph.Node("MatMul", [graph.Node("Softmax", [scores], Int("axis", -1)), ForEachQuery(values)]);
        return graph.Node("Transpose", [mixed], Ints("perm", headsFirst));
    }

    private static string FeedForward(GraphBuilder graph, CrossDecoder decoder, CrossDecoderLayer layer, string x)
    {
        string inner = graph.Activate(
            graph.LinearByRow(x, layer.FeedForwardIn, decoder.HiddenSize, decoder.IntermediateSize),
            decoder.Activation
        );
        return graph.LinearByRow(inner, layer.FeedForwardOut, decoder.IntermediateSize, decoder.HiddenSize);
    }

    // Turns states [rows, hidden] into logits [rows, vocabulary].
    private static string Score(GraphBuilder graph, CrossDecoder decoder, string x)
    {
        var (head, hidden) = (decoder.Head, decoder.HiddenSize);
        if (decoder.FinalNorm is { } norm)
        {
            x = graph.LayerNorm(x, norm, hidden, decoder.LayerNormEpsilon);
        }

        // It is small, and no later layer corrects its errors in eight bits.
        if (head.Transform is { } transform)
        {
            x = graph.Activate(graph.LinearByRow(x, transform, hidden, hidden, EightBitForm.AsIs), decoder.Activation);
            x = graph.LayerNorm(x, head.TransformNorm!, hidden, decoder.LayerNormEpsilon);
        }

        // Its errors directly affect the choice of the token.
        return graph.LinearByRow(x, head.Output, hidden, decoder.VocabularySize, EightBitForm.FineBlocks);
    }
}
