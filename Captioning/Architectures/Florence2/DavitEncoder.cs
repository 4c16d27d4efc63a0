using ImageToText.Captioning.Layers;
using static ImageToText.Captioning.Layers.GraphBuilder;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// DaViT (Ding et al. 2022): stages with fewer and wider tokens each. Its blocks attend first among the tokens of a window, then
/// among the channels of a group.
/// </summary>
internal sealed record DavitEncoder
{
    private const float LayerNormEpsilon = 1e-5f;
    private const int QueriesKeysValues = 3;

    /// <summary>
    /// The rows of a picture that go through layers together; those of larger maps take turns. What lies between a layer's input and its
    /// output is several times as large, and would otherwise take more memory than the weights.
    /// </summary>
    public int MostRowsAtOnce { get; init; } = 4608;

    /// <summary>The input height in pixels.</summary>
    public required int ImageHeight { get; init; }

    /// <summary>The input width in pixels.</summary>
    public required int ImageWidth { get; init; }

    /// <summary>The stages, widest map first.</summary>
    public required IReadOnlyList<DavitStage> Stages { get; init; }

    /// <summary>Tokens per side of a window.</summary>
    public required int WindowSize { get; init; }

    /// <summary>Width inside the feed-forward layers, relative to a token's width.</summary>
    public required double FeedForwardRatio { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public required bool HasAttentionBias { get; init; }

    /// <summary>The function between the two feed-forward layers.</summary>
    public required Activation Activation { get; init; }

    /// <summary>The module's name, the prefix of all its tensors' names.</summary>
    public required string Name { get; init; }

    /// <summary>The resulting map.</summary>
    public DavitMap Output =>
        Stages.Aggregate(new DavitMap(ImageHeight, ImageWidth, Channels: 3), static (map, stage) => stage.Convolution.Output(map));

    /// <summary>Adds its nodes to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="pixels">[pictures, 3, height, width].</param>
    /// <returns>[pictures x tokens, width].</returns>
    public string Build(GraphBuilder graph, string pixels)
    {
        var map = new DavitMap(ImageHeight, ImageWidth, Channels: 3);
        string x = pixels;
        for (int index = 0; index < Stages.Count; index++)
        {
            var stage = Stages[index];
            string channels = Embed(graph, stage.Convolution, $"{Name}.convs.{index}", x, ref map);
            for (int block = 0; block < stage.Blocks; block++)
            {
                string name = $"{Name}.blocks.{index}.{block}";
                string spatial = $"{name}.spatial_block";
                string channel = $"{name}.channel_block";
                var (at, size) = (graph, map);
                x = AddBlock(graph, spatial, map, channels, part => AttendInWindows(at, $"{spatial}.window_attn", size, stage.Heads, part));
                channels = ToMap(graph, x, map);
                x = AddBlock(
                    graph,
                    channel,
                    map,
                    channels,
                    part => AttendAmongChannels(at, $"{channel}.channel_attn", size, stage.Groups, part)
                );
                channels = ToMap(graph, x, map);
            }
        }

        return x;
    }

    // A convolution between maps, with layer normalization before or after: from rows [pictures x tokens, width], or pixels, to
    // [pictures, channels, height, width].
    private static string Embed(GraphBuilder graph, DavitConvolution convolution, string name, string x, ref DavitMap map)
    {
        var (inner, outer) = (map, convolution.Output(map));
        string Norm(string rows, int width) => graph.LayerNorm(rows, $"{name}.norm", width, LayerNormEpsilon);
        if (inner.Channels != 3)
        {
            x = ToMap(graph, convolution.NormsFirst ? Norm(x, inner.Channels) : x, inner);
        }
        else if (convolution.NormsFirst)
        {
            x = ToMap(graph, Norm(ToRows(graph, x, inner), inner.Channels), inner);
        }

        string convolved = graph.Node(
            "Conv",
            [
                x,
                graph.Weight($"{name}.conv.weight", outer.Channels, inner.Channels, convolution.Kernel, convolution.Kernel),
                graph.Weight($"{name}.conv.bias", outer.Channels),
            ],
            Ints("kernel_shape", convolution.Kernel, convolution.Kernel),
            Ints("strides", convolution.Stride, convolution.Stride),
            Ints("pads", convolution.Padding, convolution.Padding, convolution.Padding, convolution.Padding)
        );
        map = outer;
        return convolution.NormsFirst ? convolved : ToMap(graph, Norm(ToRows(graph, convolved, outer), outer.Channels), outer);
    }

    // Attention and feed-forward layers, each after a convolution that gives a token information about its neighbours: from a map to
    // rows.
    private string AddBlock(GraphBuilder graph, string name, DavitMap map, string channels, Func<string, string> attend)
    {
        int width = map.Channels;
        string x = AddNeighbours(graph, $"{name}.conv1", map, channels);
        x = graph.Node("Add", [x, attend(graph.LayerNorm(x, $"{name}.norm1", width, LayerNormEpsilon))]);
        x = AddNeighbours(graph, $"{name}.conv2", map, ToMap(graph, x, map));
        string normed = graph.LayerNorm(x, $"{name}.norm2", width, LayerNormEpsilon);
        var layers = new FeedForward(LinearLayer.Named($"{name}.ffn.fc1"), LinearLayer.Named($"{name}.ffn.fc2"));
        int intermediate = (int)(width * FeedForwardRatio);
        return graph.Node("Add", [x, layers.Build(graph, normed, width, intermediate, Activation, Turns(map.Tokens, 1))]);
    }

    // Each channel has its own 3 x 3 kernel.
    private static string AddNeighbours(GraphBuilder graph, string name, DavitMap map, string channels)
    {
        string convolved = graph.Node(
            "Conv",
            [channels, graph.Weight($"{name}.weight", map.Channels, 1, 3, 3), graph.Weight($"{name}.bias", map.Channels)],
            Ints("kernel_shape", 3, 3),
            Ints("pads", 1, 1, 1, 1),
            Int("group", map.Channels)
        );
        return ToRows(graph, graph.Node("Add", [convolved, channels]), map);
    }

    private string AttendInWindows(GraphBuilder graph, string name, DavitMap map, int heads, string x)
    {
        var (width, side) = (map.Channels, WindowSize);
        var (down, across) = (Windows(map.Height), Windows(map.Width));
        string grid = graph.Reshape(x, -1, map.Height, map.Width, width);
        var (below, right) = ((down * side) - map.Height, (across * side) - map.Width);
        bool padded = below + right > 0;
        grid = padded ? graph.Node("Pad", [grid, graph.Constant(0, 0, 0, 0, 0, below, right, 0)]) : grid;
        long[] swap = [0, 1, 3, 2, 4, 5];
        string windows = graph.Node("Transpose", [graph.Reshape(grid, -1, down, side, across, side, width)], Ints("perm", swap));
        int tokens = side * side;
        string[] attended =
        [
            .. QueriesKeysAndValues(graph, name, graph.Reshape(windows, -1, width), width, Turns(down * across, tokens))
                .Select(parts => parts.Select(part => graph.Reshape(part, -1, tokens, width)).ToArray())
                .Select(parts => graph.Reshape(graph.MicrosoftNode("MultiHeadAttention", parts, Int("num_heads", heads)), -1, width)),
        ];
        string mixed = graph.LinearOfTurns(attended, LinearLayer.Named($"{name}.proj"), width, width);
        grid = graph.Node("Transpose", [graph.Reshape(mixed, -1, down, across, side, side, width)], Ints("perm", swap));
        if (padded)
        {
            string whole = graph.Reshape(grid, -1, down * side, across * side, width);
            grid = graph.Node("Slice", [whole, graph.Constant(0, 0), graph.Constant(map.Height, map.Width), graph.Constant(1, 2)]);
        }

        return graph.Reshape(grid, -1, width);
    }

    private int Windows(int tokens) => (tokens + WindowSize - 1) / WindowSize;

    // A group's channels attend to each other, and the tokens are their features.
    private string AttendAmongChannels(GraphBuilder graph, string name, DavitMap map, int groups, string x)
    {
        int width = map.Channels;
        string[][] turns = QueriesKeysAndValues(graph, name, x, width, Turns(map.Tokens, 1));
        string[] parts = [.. Enumerable.Range(0, QueriesKeysValues).Select(part => graph.Join(turns.Select(turn => turn[part])))];
        string Grouped(string part, params ReadOnlySpan<long> order) =>
            graph.Node("Transpose", [graph.Reshape(part, -1, map.Tokens, groups, width / groups)], Ints("perm", order));
        string scaled = graph.Node("Mul", [parts[0], graph.Scalar(1 / MathF.Sqrt(map.Tokens))]);
        // [pictures, groups, source channels, target channels]: each column is a channel that attends to all.
        string scores = graph.Node("MatMul", [Grouped(parts[1], 0, 2, 3, 1), Grouped(scaled, 0, 2, 1, 3)]);
        string shares = graph.Node("Softmax", [scores], Int("axis", -2));
        string mixed = graph.Node("MatMul", [Grouped(parts[2], 0, 2, 1, 3), shares]);
        string rows = graph.Reshape(graph.Node("Transpose", [mixed], Ints("perm", 0, 2, 1, 3)), -1, width);
        return graph.Linear(rows, LinearLayer.Named($"{name}.proj"), width, width);
    }

    private string[][] QueriesKeysAndValues(GraphBuilder graph, string name, string x, int width, int turns) =>
        graph.LinearPartsInTurns(
            x,
            LinearLayer.Named($"{name}.qkv", HasAttentionBias),
            width,
            QueriesKeysValues * width,
            QueriesKeysValues,
            turns
        );

    // The fewest turns that keep groups of rows whole.
    private int Turns(int groups, int rowsInGroup) =>
        Enumerable.Range(1, groups).FirstOrDefault(turns => groups % turns == 0 && groups / turns * rowsInGroup <= MostRowsAtOnce, groups);

    private static string ToMap(GraphBuilder graph, string rows, DavitMap map)
    {
        string grid = graph.Reshape(rows, -1, map.Height, map.Width, map.Channels);
        return graph.Node("Transpose", [grid], Ints("perm", 0, 3, 1, 2));
    }

    private static string ToRows(GraphBuilder graph, string x, DavitMap map) =>
        graph.Reshape(graph.Node("Transpose", [x], Ints("perm", 0, 2, 3, 1)), -1, map.Channels);
}
