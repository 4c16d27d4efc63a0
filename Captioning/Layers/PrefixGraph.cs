using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// What a language model keeps of a prefix, computed once per picture: for every layer the keys and values of the picture's tokens and the
/// words between them. Keys lie with each head's matrix on its side, [1, heads, head size, positions], values [1, heads, positions, head
/// size]; positions are filled up with zeros.
/// </summary>
internal static class PrefixGraph
{
    /// <summary>Input: int64 [words], the ids of the words in the prefix; at least one.</summary>
    public const string Ids = "ids";

    /// <summary>Input: [picture tokens, hidden] in the compute type.</summary>
    public const string Picture = "picture";

    /// <summary>Input: int64 [tokens], for each token of the prefix its place among the words, followed by the picture's tokens.</summary>
    public const string Sources = "sources";

    /// <summary>Input: int64 [tokens], each token's position.</summary>
    public const string Positions = "positions";

    /// <summary>Input: int32 [1], the number of tokens less one.</summary>
    public const string LastPosition = "last_position";

    /// <summary>Input: int32 [1], the number of tokens.</summary>
    public const string Length = "length";

    /// <summary>Input: int64 [1], how many positions are filled up.</summary>
    public const string Room = "room";

    /// <summary>Output: keys of a layer.</summary>
    public static string Keys(int layer) => $"prefix_key_{layer}";

    /// <summary>Output: values of a layer.</summary>
    public static string Values(int layer) => $"prefix_value_{layer}";

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(PrefixDecoder decoder, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("prefix", checkpoint, precision);
        Describe(decoder, graph);
        return graph.Build();
    }

    /// <summary>Adds inputs, nodes and outputs to a graph.</summary>
    public static void Describe(PrefixDecoder decoder, GraphBuilder graph)
    {
        var layers = new PrefixLayers(decoder, graph);
        string picture = graph.Input(Picture, graph.ComputeType, "picture_tokens", decoder.HiddenSize);
        string words = layers.Words(graph.Input(Ids, DataType.Int64, "words"));
        string sources = graph.Input(Sources, DataType.Int64, "tokens");
        string positions = graph.Input(Positions, DataType.Int64, "tokens");
        graph.Input(LastPosition, DataType.Int32, 1);
        graph.Input(Length, DataType.Int32, 1);
        string room = graph.Input(Room, DataType.Int64, 1);
        string keyPads = graph.Join([graph.Constant(0, 0, 0, 0, 0, 0, 0), room]);
        string valuePads = graph.Join([graph.Constant(0, 0, 0, 0, 0, 0), room, graph.Constant(0)]);
        string x = graph.Node("Gather", [graph.Join([words, picture]), sources], Int("axis", 0));
        x = decoder.PrefixTakesPositions ? layers.AddPositions(x, positions) : x;
        for (int index = 0; index < decoder.Layers; index++)
        {
            var layer = decoder.Layer(index);
            string part = layers.AttentionInput(layer, x);
            var (flatKeys, flatValues) = layers.KeysAndValues(layer, part, positions);
            string keys = Heads(graph, decoder, flatKeys, 0, 2, 3, 1);
            string values = Heads(graph, decoder, flatValues, 0, 2, 1, 3);
            Output(graph.Node("Pad", [keys, keyPads]), Keys(index), decoder.HeadSize, "positions");
            Output(graph.Node("Pad", [values, valuePads]), Values(index), "positions", decoder.HeadSize);
            // What the last layer makes of the prefix nobody looks at.
            if (index < decoder.Layers - 1)
            {
                x = layers.Attention(
                    layer,
                    x,
                    input => Attend(graph, decoder, layers.Queries(layer, input, positions), flatKeys, flatValues)
                );
                x = layers.FeedForward(layer, x);
            }
        }

        void Output(string value, string name, object rows, object columns) =>
            graph.Output(value, name, graph.ComputeType, 1, decoder.KeyValueHeads, rows, columns);
    }

    private static string Heads(GraphBuilder graph, PrefixDecoder decoder, string flat, params ReadOnlySpan<long> order) =>
        graph.Node("Transpose", [graph.Reshape(flat, 1, -1, decoder.KeyValueHeads, decoder.HeadSize)], Ints("perm", order));

    private static string Attend(GraphBuilder graph, PrefixDecoder decoder, string queries, string keys, string values)
    {
        string query = graph.Reshape(queries, 1, -1, decoder.Heads * decoder.HeadSize);
        string key = graph.Reshape(keys, 1, -1, decoder.KeyValueHeads * decoder.HeadSize);
        string value = graph.Reshape(values, 1, -1, decoder.KeyValueHeads * decoder.HeadSize);
        string attended = decoder.PrefixSeesItself
            ? graph.MicrosoftNode("MultiHeadAttention", [query, key, value], Int("num_heads", decoder.Heads))
            : Causal(graph, decoder, query, key, value);
        return graph.Reshape(attended, -1, decoder.Heads * decoder.HeadSize);
    }

    private static string Causal(GraphBuilder graph, PrefixDecoder decoder, string query, string key, string value)
    {
        string name = $"attended_{query}";
        graph.MicrosoftNode(
            "GroupQueryAttention",
            [query, key, value, "", "", LastPosition, Length],
            [name, $"{name}_keys", $"{name}_values"],
            Int("num_heads", decoder.Heads),
            Int("kv_num_heads", decoder.KeyValueHeads)
        );
        return name;
    }
}
