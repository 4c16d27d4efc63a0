namespace ImageToText.EndToEnd.Clusters;

/// <summary>Nodes that an operator configures because they don't register themselves.</summary>
internal static class StaticNodes
{
    /// <summary>The model they serve.</summary>
    public const string Model = "starter";

    /// <summary>Settings of the pricing service.</summary>
    public static string[] Settings(int capacity, params (string Id, Uri Address)[] nodes) =>
        [
            .. nodes.SelectMany(node =>
                (string[])
                    [
                        $"--Pricing:Registry:Nodes:{node.Id}:Address={node.Address}",
                        $"--Pricing:Registry:Nodes:{node.Id}:Kind=Native",
                        $"--Pricing:Registry:Nodes:{node.Id}:Models:0:ModelId={Model}",
                        $"--Pricing:Registry:Nodes:{node.Id}:Models:0:Capacity={capacity}",
                    ]
            ),
        ];
}
