using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// What a text decoder reads from a picture and a prompt. The picture's tokens [tokens, width] and the prompt's ids go through
/// the text encoder. Its states give the cross-attention keys and values of every layer, with zeros after the last.
/// </summary>
internal static class PromptReaderGraph
{
    /// <summary>Input: int64 [ids], the prompt.</summary>
    public const string Ids = "ids";

    /// <summary>Input: int64 [1], the places that stay empty after picture and prompt.</summary>
    public const string Empty = "empty";

    /// <summary>Compiles the graph.</summary>
    /// <param name="reader">The text encoder.</param>
    /// <param name="decoder">The text decoder.</param>
    /// <param name="pictureTokens">Tokens of a picture.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="precision">The number format.</param>
    public static byte[] Build(PromptReader reader, CrossDecoder decoder, int pictureTokens, Checkpoint checkpoint, Precision precision)
    {
        var graph = new GraphBuilder("prompt_reader", checkpoint, precision);
        Describe(reader, decoder, pictureTokens, graph);
        return graph.Build();
    }

    /// <summary>Adds inputs, nodes and outputs to a graph.</summary>
    public static void Describe(PromptReader reader, CrossDecoder decoder, int pictureTokens, GraphBuilder graph)
    {
        string picture = graph.Input(PictureGraph.Tokens, graph.ComputeType, pictureTokens, reader.HiddenSize);
        string ids = graph.Input(Ids, DataType.Int64, "ids");
        string x = Embed(graph, reader, picture, ids);
        for (int index = 0; index < reader.Layers; index++)
        {
            var layer = reader.Layer(index);
            string Norm(string value, string name) => graph.LayerNorm(value, name, reader.HiddenSize, reader.LayerNormEpsilon);
            x = Norm(graph.Node("Add", [x, Attention(graph, reader, layer, x)]), layer.AttentionNorm);
            string fed = layer.FeedForward.Build(graph, x, reader.HiddenSize, reader.IntermediateSize, reader.Activation);
            x = Norm(graph.Node("Add", [x, fed]), layer.FeedForwardNorm);
        }

        string empty = graph.Input(Empty, DataType.Int64, 1);
        CrossAttentionGraph.AddOutputs(graph, decoder, x, new AttendedTokens(reader.MaxPositions, Varies: true), 1, empty);
    }

    // The picture's tokens, then the prompt's words, each with its position: [tokens, hidden].
    private static string Embed(GraphBuilder graph, PromptReader reader, string picture, string ids)
    {
        var embedding = reader.Embedding;
        string prompt = graph.Rows(embedding.Words, reader.VocabularySize, reader.HiddenSize, ids);
        string all = graph.Node("Concat", [picture, prompt], Int("axis", 0));
        string count = graph.Node("Squeeze", [graph.Node("Shape", [all], Int("start", 0), Int("end", 1))]);
        string places = graph.Node("Range", [graph.Index(0), count, graph.Index(1)]);
        // Only a learned table can be added to something without an id.
        string positions = embedding.Positions.Build(graph, ids, places, reader.MaxPositions, reader.HiddenSize);
        return graph.LayerNorm(graph.Node("Add", [all, positions]), embedding.Norm!, reader.HiddenSize, reader.LayerNormEpsilon);
    }

    private static string Attention(GraphBuilder graph, PromptReader reader, PromptReaderLayer layer, string x)
    {
        int hidden = reader.HiddenSize;
        string[] parts =
        [
            .. graph.LinearParts(x, layer.QueryKeyValue, hidden, 3 * hidden, 3).Select(part => graph.Reshape(part, 1, -1, hidden)),
        ];
        string attended = graph.MicrosoftNode("MultiHeadAttention", parts, Int("num_heads", reader.Heads));
        return graph.Linear(graph.Reshape(attended, -1, hidden), layer.AttentionOutput, hidden, hidden);
    }
}
