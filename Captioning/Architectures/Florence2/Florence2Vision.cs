using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Weights.Quantization;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// Florence-2's vision half: DaViT, a position for each token by its column and row, the mean of all tokens in front of them, and
/// a projection to the text's width.
/// </summary>
internal sealed record Florence2Vision : IVisionEncoder
{
    /// <summary>
    /// The projection to the text's width: a matrix with this name in Microsoft's checkpoints, otherwise a layer.
    /// </summary>
    public const string Projection = $"{Projector}.image_projection";

    private const string Section = "vision_config";
    private const string Projector = "model.multi_modal_projector";
    private const float LayerNormEpsilon = 1e-5f;

    /// <summary>The transformer.</summary>
    public required DavitEncoder Encoder { get; init; }

    /// <summary>The number of columns and rows that have a position.</summary>
    public required int MaxPlaces { get; init; }

    /// <summary>The number of video frames that have a position; only the first is used here.</summary>
    public required int MaxTimes { get; init; }

    /// <summary>Whether the projection's matrix is [in, out], as in Microsoft's checkpoints.</summary>
    public required bool ProjectsInputsFirst { get; init; }

    /// <inheritdoc/>
    public required int OutputSize { get; init; }

    /// <inheritdoc/>
    public int ImageHeight => Encoder.ImageHeight;

    /// <inheritdoc/>
    public int ImageWidth => Encoder.ImageWidth;

    /// <inheritdoc/>
    public int Tokens => Encoder.Output.Tokens + 1;

    /// <summary>Reads vision_config, in Microsoft's spelling or transformers'.</summary>
    /// <param name="config">The section.</param>
    /// <param name="size">The size that the model sees, in pixels.</param>
    /// <param name="projectsInputsFirst">Whether the projection's matrix is [in, out].</param>
    /// <exception cref="ModelFormatException">A key is missing, out of range or not supported.</exception>
    public static Florence2Vision Read(ModelJson config, (int Height, int Width) size, bool projectsInputsFirst)
    {
        if (config.Texts("image_feature_source") is { Count: > 0 } sources)
        {
            config.Require("image_feature_source", string.Join(", ", sources), "spatial_avg_pool, temporal_avg_pool");
        }

        var vision = new Florence2Vision
        {
            Encoder = ReadEncoder(config, size),
            MaxPlaces =
                config.OptionalObject("image_pos_embed")?.OptionalInt("max_pos_embeddings", 1)
                ?? config.OptionalInt("max_position_embeddings", 1)
                ?? 50,
            MaxTimes =
                config.OptionalObject("visual_temporal_embedding")?.OptionalInt("max_temporal_embeddings", 1)
                ?? config.OptionalInt("max_temporal_embeddings", 1)
                ?? 100,
            ProjectsInputsFirst = projectsInputsFirst,
            OutputSize = config.OptionalInt("projection_dim", 1) ?? 1024,
        };
        var map = vision.Encoder.Output;
        return Math.Max(map.Height, map.Width) <= vision.MaxPlaces && Math.Min(map.Height, map.Width) > 0
            ? vision
            : throw new ModelFormatException(
                $"config.json: {Section} makes {map.Width} x {map.Height} tokens of a picture of {size.Width} x {size.Height} pixels, "
                    + $"but has positions for {vision.MaxPlaces} per side."
            );
    }

    /// <inheritdoc/>
    public string Build(GraphBuilder graph, string pixels)
    {
        var map = Encoder.Output;
        string grid = graph.Reshape(Encoder.Build(graph, pixels), -1, map.Tokens, map.Channels);
        string placed = graph.Node("Add", [grid, Places(graph, map)]);
        // Along the last axis, so that sums are in the same order regardless of the number of pictures in a run.
        string channels = graph.Node("ReduceMean", [graph.Node("Transpose", [placed], Ints("perm", 0, 2, 1)), graph.Constant(2)]);
        string mean = graph.Node("Transpose", [channels], Ints("perm", 0, 2, 1));
        string rows = graph.Reshape(graph.Node("Concat", [mean, placed], Int("axis", 1)), -1, map.Channels);
        var projection = new LinearLayer(ProjectsInputsFirst ? Projection : $"{Projection}.weight", Bias: null, ProjectsInputsFirst);
        // It is small, and everything that follows reads its output.
        string projected = graph.LinearByRow(rows, projection, map.Channels, OutputSize, EightBitForm.AsIs);
        return graph.LayerNorm(projected, $"{Projector}.image_proj_norm", OutputSize, LayerNormEpsilon);
    }

    private static DavitEncoder ReadEncoder(ModelJson config, (int Height, int Width) size)
    {
        int stages = config.Count("depths");
        int[] List(string key) => config.Ints(key, stages);
        int[] widths = List(config.Has("dim_embed") ? "dim_embed" : "embed_dim");
        var (depths, kernels, strides, paddings) = (List("depths"), List("patch_size"), List("patch_stride"), List("patch_padding"));
        var (heads, groups) = (List("num_heads"), List("num_groups"));
        bool[] normsFirst = config.Bools("patch_prenorm", stages);
        for (int i = 0; i < stages; i++)
        {
            int[] sizes = [widths[i], depths[i], kernels[i], strides[i], heads[i], groups[i]];
            if (sizes.Min() < 1 || paddings[i] < 0 || widths[i] % groups[i] != 0)
            {
                throw new ModelFormatException($"config.json: {Section}: stage {i} has sizes that do not match each other.");
            }

            AttentionHeads.Check(Section, $"stage {i}'s width", widths[i], heads[i]);
        }

        return new DavitEncoder
        {
            ImageHeight = size.Height,
            ImageWidth = size.Width,
            Stages =
            [
                .. Enumerable
                    .Range(0, stages)
                    .Select(i => new DavitStage(
                        new DavitConvolution(widths[i], kernels[i], strides[i], paddings[i], normsFirst[i]),
                        depths[i],
                        heads[i],
                        groups[i]
                    )),
            ],
            WindowSize = config.OptionalInt("window_size", 1) ?? 12,
            FeedForwardRatio = config.OptionalNumber("mlp_ratio") ?? 4,
            HasAttentionBias = config.OptionalBool("qkv_bias") ?? true,
            Activation = config.ReadActivation("activation_function"),
            Name = "model.vision_tower",
        };
    }

    // What is added to each token for its column, row and time: a constant, which ONNX Runtime computes once. [1, tokens, width]
    private string Places(GraphBuilder graph, DavitMap map)
    {
        int rowWidth = map.Channels / 2;
        int columnWidth = map.Channels - rowWidth;
        string columns = Spread("column_embeddings", map.Width, columnWidth, 1, map.Width);
        string rows = Spread("row_embeddings", map.Height, rowWidth, map.Height, 1);
        string places = graph.Reshape(graph.Node("Concat", [columns, rows], Int("axis", 2)), 1, map.Tokens, map.Channels);
        string times = graph.Weight($"{Projector}.visual_temporal_embed.pos_idx_to_embed", MaxTimes, map.Channels);
        return graph.Node("Add", [places, Leading(times, 1)]);

        string Spread(string table, int count, int width, int height, int across)
        {
            string weights = graph.Weight($"{Projector}.image_position_embed.{table}.weight", MaxPlaces, width);
            string shaped = graph.Reshape(Leading(weights, count), height, across, width);
            return graph.Node("Expand", [shaped, graph.Constant(map.Height, map.Width, width)]);
        }

        string Leading(string table, int count) =>
            graph.Node("Slice", [table, graph.Constant(0), graph.Constant(count), graph.Constant(0)]);
    }
}
