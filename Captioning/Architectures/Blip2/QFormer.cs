using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Weights.Quantization;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Architectures.Blip2;

/// <summary>
/// BLIP-2's Q-Former. Its learned queries attend to each other in every layer and to the picture's tokens in some. A linear layer projects
/// the results to the language model's width. It is small and runs in the number format of its checkpoint, because eight bits would
/// change every caption.
/// </summary>
internal sealed record QFormer : IVisionEncoder
{
    private const string Section = "qformer_config";

    /// <summary>The vision encoder that it queries.</summary>
    public required IVisionEncoder Vision { get; init; }

    /// <summary>Number of queries.</summary>
    public required int Tokens { get; init; }

    /// <summary>Width of the projected results.</summary>
    public required int OutputSize { get; init; }

    /// <summary>Width of a query.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of each layer.</summary>
    public required int Heads { get; init; }

    /// <summary>The interval, in layers, at which queries attend to the picture, starting with the first layer.</summary>
    public required int CrossAttentionFrequency { get; init; }

    /// <summary>Epsilon of the layer normalizations.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>The function between the two feed-forward layers.</summary>
    public required Activation Activation { get; init; }

    /// <inheritdoc/>
    public int ImageHeight => Vision.ImageHeight;

    /// <inheritdoc/>
    public int ImageWidth => Vision.ImageWidth;

    /// <summary>Reads qformer_config. Missing keys have the reference's defaults.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="vision">The vision encoder that it queries.</param>
    /// <param name="width">Width of the language model's tokens.</param>
    /// <exception cref="ModelFormatException">A key is out of range or not supported.</exception>
    public static QFormer Read(ModelJson config, IVisionEncoder vision, int width)
    {
        var section = config.ObjectOrEmpty(Section);
        section.Require("encoder_hidden_size", section.OptionalInt("encoder_hidden_size") ?? vision.OutputSize, vision.OutputSize);
        section.Require("use_qformer_text_input", section.OptionalBool("use_qformer_text_input") ?? false, false);
        var former = new QFormer
        {
            Vision = vision,
            Tokens = config.OptionalInt("num_query_tokens", 1) ?? 32,
            OutputSize = width,
            HiddenSize = section.OptionalInt("hidden_size", 1) ?? 768,
            IntermediateSize = section.OptionalInt("intermediate_size", 1) ?? 3072,
            Layers = section.OptionalInt("num_hidden_layers", 1) ?? 12,
            Heads = section.OptionalInt("num_attention_heads", 1) ?? 12,
            CrossAttentionFrequency = section.OptionalInt("cross_attention_frequency", 1) ?? 2,
            LayerNormEpsilon = (float)(section.OptionalNumber("layer_norm_eps") ?? 1e-12),
            Activation = section.ReadActivation("hidden_act"),
        };
        AttentionHeads.Check(Section, "hidden_size", former.HiddenSize, former.Heads);
        return former;
    }

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        string picture = Vision.Build(graph, pixels);
        string questions = graph.Reshape(graph.Weight("query_tokens", 1, Tokens, HiddenSize), Tokens, HiddenSize);
        string x = graph.LayerNorm(questions, "qformer.layernorm", HiddenSize, LayerNormEpsilon);
        for (int layer = 0; layer < Layers; layer++)
        {
            string name = $"qformer.encoder.layer.{layer}";
            x = Attention(graph, $"{name}.attention", x, x, HiddenSize);
            if (layer % CrossAttentionFrequency == 0)
            {
                x = Attention(graph, $"{name}.crossattention", x, picture, Vision.OutputSize);
            }

            string inner = graph.Activate(Linear(graph, x, $"{name}.intermediate_query.dense", HiddenSize, IntermediateSize), Activation);
            string outer = Linear(graph, inner, $"{name}.output_query.dense", IntermediateSize, HiddenSize);
            x = graph.LayerNorm(graph.Node("Add", [outer, x]), $"{name}.output_query.LayerNorm", HiddenSize, LayerNormEpsilon);
        }

        return Linear(graph, x, "language_projection", HiddenSize, OutputSize);
    }

    private string Attention(GraphBuilder graph, string name, string x, string seen, int seenWidth)
    {
        string query = Linear(graph, x, $"{name}.attention.query", HiddenSize, HiddenSize);
        string key = Linear(graph, seen, $"{name}.attention.key", seenWidth, HiddenSize);
        string value = Linear(graph, seen, $"{name}.attention.value", seenWidth, HiddenSize);
        string attended = graph.MicrosoftNode(
            "MultiHeadAttention",
            [graph.Reshape(query, 1, -1, HiddenSize), graph.Reshape(key, 1, -1, HiddenSize), graph.Reshape(value, 1, -1, HiddenSize)],
            Int("num_heads", Heads)
        );
        string output = Linear(graph, graph.Reshape(attended, -1, HiddenSize), $"{name}.output.dense", HiddenSize, HiddenSize);
        return graph.LayerNorm(graph.Node("Add", [output, x]), $"{name}.output.LayerNorm", HiddenSize, LayerNormEpsilon);
    }

    private static string Linear(GraphBuilder graph, string x, string name, int inputs, int outputs) =>
        graph.LinearByRow(x, LinearLayer.Named(name), inputs, outputs, EightBitForm.AsIs);
}
