using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using static ImageToText.Captioning.Layers.GraphBuilder;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Execution;

/// <summary>Gathers rows of several tensors with one shape, to move keys and values within a device's memory.</summary>
internal static class RowGatherGraph
{
    /// <summary>Input: int64 [new rows], the old row for each new one.</summary>
    public const string Sources = "sources";

    /// <summary>Input: a tensor [rows, heads, positions, head size].</summary>
    public static string Input(int tensor) => $"in_{tensor}";

    /// <summary>Output: the tensor's chosen rows.</summary>
    public static string Output(int tensor) => $"out_{tensor}";

    /// <summary>Compiles the graph.</summary>
    public static byte[] Build(int tensors, RowShape shape, bool half)
    {
        var graph = new GraphBuilder("row_gather", Checkpoint.Empty, half ? Precision.F16 : Precision.F32);
        string sources = graph.Input(Sources, DataType.Int64, "new_rows");
        for (int tensor = 0; tensor < tensors; tensor++)
        {
            string input = graph.Input(Input(tensor), graph.ComputeType, "rows", shape.Heads, shape.Positions, shape.HeadSize);
            string rows = graph.Node("Gather", [input, sources], Int("axis", 0));
            graph.Output(rows, Output(tensor), graph.ComputeType, "new_rows", shape.Heads, shape.Positions, shape.HeadSize);
        }

        return graph.Build();
    }
}
