namespace ImageToText.Captioning.Layers;

/// <summary>The two feed-forward layers of a part that belongs to one picture or one request.</summary>
/// <param name="In">The first layer.</param>
/// <param name="Out">The second layer.</param>
internal readonly record struct FeedForward(LinearLayer In, LinearLayer Out)
{
    /// <summary>Adds the layers to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">[rows, hidden].</param>
    /// <param name="hidden">Width of the rows.</param>
    /// <param name="intermediate">Width between the layers.</param>
    /// <param name="activation">The function between them.</param>
    /// <param name="turns">How many turns the rows take, a divisor of their number.</param>
    /// <returns>[rows, hidden].</returns>
    public string Build(GraphBuilder graph, string x, int hidden, int intermediate, Activation activation, int turns = 1)
    {
        if (turns > 1)
        {
            string[] parts = [.. graph.LinearInTurns(x, In, hidden, intermediate, turns).Select(part => graph.Activate(part, activation))];
            return graph.LinearOfTurns(parts, Out, intermediate, hidden);
        }

        int spread = graph.RowSpread(Out, intermediate);
        string inner = graph.Activate(graph.Linear(x, In, hidden, intermediate, extraOutputs: spread), activation);
        return graph.Linear(inner, Out, intermediate, hidden, extraInputs: spread);
    }
}
