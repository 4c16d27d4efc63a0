using ImageToText.Captioning.Weights.Quantization;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// The parts of a <see cref="PrefixDecoder"/> that its two graphs share; x is flat tokens [tokens, hidden] throughout. Every token's result
/// depends on that token alone.
/// </summary>
internal sealed class PrefixLayers(PrefixDecoder decoder, GraphBuilder graph)
{
    private readonly (string Cosines, string Sines)? _tables = decoder.Rotary?.Tables(graph);

    /// <summary>Words with their positions.</summary>
    /// <param name="ids">Int64 [tokens].</param>
    /// <param name="positions">Int64 [tokens].</param>
    public string Embed(string ids, string positions) => Norm(AddPositions(Words(ids), positions), decoder.EmbeddingNorm);

    /// <summary>Words alone.</summary>
    /// <param name="ids">Int64 [tokens].</param>
    public string Words(string ids) => graph.Rows(decoder.Words, decoder.VocabularySize, decoder.HiddenSize, ids);

    /// <summary>Adds what the model adds for a place.</summary>
    public string AddPositions(string x, string positions) =>
        decoder.Positions is { } table
            ? graph.Node("Add", [x, table.Build(graph, ids: "", positions, decoder.MaxPositions, decoder.HiddenSize)])
            : x;

    /// <summary>Attention: what goes into it, what it puts out, what is added to it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">[tokens, hidden].</param>
    /// <param name="attend">From the normalized tokens to what the heads put out, [tokens, heads x head size].</param>
    public string Attention(PrefixDecoderLayer layer, string x, Func<string, string> attend) =>
        AddPart(
            layer.AttentionNorm,
            x,
            part => graph.LinearByRow(attend(part), layer.AttentionOutput, decoder.Heads * decoder.HeadSize, decoder.HiddenSize)
        );

    /// <summary>What the attention's queries, keys and values are made of.</summary>
    public string AttentionInput(PrefixDecoderLayer layer, string x) => decoder.NormsFirst ? Norm(x, layer.AttentionNorm) : x;

    /// <summary>Queries, [tokens, heads x head size], turned for their places.</summary>
    public string Queries(PrefixDecoderLayer layer, string part, string positions) =>
        Turn(graph.LinearByRow(part, layer.Query, decoder.HiddenSize, decoder.Heads * decoder.HeadSize), positions, decoder.Heads);

    /// <summary>Keys, turned for their places, and values, each [tokens, heads of keys and values x head size].</summary>
    public (string Keys, string Values) KeysAndValues(PrefixDecoderLayer layer, string part, string positions)
    {
        int width = decoder.KeyValueHeads * decoder.HeadSize;
        string both = graph.LinearsByRow(part, layer.KeyValue, decoder.HiddenSize, 2 * width);
        string[] parts = graph.Nodes("Split", [both], 2, Int("axis", -1), Int("num_outputs", 2));
        return (Turn(parts[0], positions, decoder.KeyValueHeads), parts[1]);
    }

    /// <summary>The feed-forward part.</summary>
    public string FeedForward(PrefixDecoderLayer layer, string x) =>
        AddPart(
            layer.FeedForwardNorm,
            x,
            part =>
            {
                string inner = graph.LinearByRow(part, layer.FeedForwardIn, decoder.HiddenSize, decoder.IntermediateSize);
                if (layer.FeedForwardGate is { } gate)
                {
                    string factors = graph.LinearByRow(part, gate, decoder.HiddenSize, decoder.IntermediateSize);
                    inner = graph.Node("Mul", [graph.Activate(factors, decoder.Activation), inner]);
                }
                else
                {
                    inner = graph.Activate(inner, decoder.Activation);
                }

                return graph.LinearByRow(inner, layer.FeedForwardOut, decoder.IntermediateSize, decoder.HiddenSize);
            }
        );

    /// <summary>States to logits, [tokens, vocabulary]. Its errors go straight into the choice of the token.</summary>
    public string Score(string x) =>
        graph.LinearByRow(Norm(x, decoder.FinalNorm), decoder.Output, decoder.HiddenSize, decoder.VocabularySize, EightBitForm.FineBlocks);

    private string AddPart(string norm, string x, Func<string, string> part) =>
        decoder.NormsFirst ? graph.Node("Add", [part(Norm(x, norm)), x]) : Norm(graph.Node("Add", [part(x), x]), norm);

    private string Turn(string x, string positions, int heads) =>
        decoder.Rotary is { } rotary ? rotary.Turn(graph, _tables!.Value, x, positions, heads) : x;

    private string Norm(string x, string? name) =>
        name is null ? x
        : decoder.RootMeanSquare ? graph.RootMeanSquareNorm(x, name, decoder.HiddenSize, decoder.NormEpsilon)
        : graph.LayerNorm(x, name, decoder.HiddenSize, decoder.NormEpsilon);
}
