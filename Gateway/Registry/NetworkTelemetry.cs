using System.Diagnostics.Metrics;
using System.Text.Json;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Registry;

/// <summary>The network as this gateway sees it: its nodes by state, and the price of a pixel.</summary>
internal sealed class NetworkTelemetry
{
    private const string Suspended = "suspended";

    // Each state is reported even without a node: a series that ends says nothing about the nodes it counted.
    private static readonly string[] States = [.. Enum.GetValues<NodeState>().Select(Word), Suspended];

    private readonly Network _network;

    public NetworkTelemetry(IMeterFactory meters, Network network)
    {
        _network = network;
        var meter = meters.Create(GatewayTelemetry.Name);
        meter.CreateObservableGauge("imagetotext.gateway.nodes", Nodes, "{node}", "Nodes that this gateway knows, by state.");
        meter.CreateObservableGauge(
            "imagetotext.gateway.price.per_pixel",
            Prices,
            "{USD}",
            "The lowest price of a pixel among nodes that get work, in USD."
        );
    }

    private IEnumerable<Measurement<int>> Nodes()
    {
        var counts = _network.View.Snapshot.Nodes.CountBy(StateOf, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return States.Select(state => new Measurement<int>(
            counts.GetValueOrDefault(state),
            new KeyValuePair<string, object?>("state", state)
        ));
    }

    private IEnumerable<Measurement<double>> Prices()
    {
        var view = _network.View;
        return view.ModelIds.Select(model => new Measurement<double>(
            (double)view.OffersOf(model).Min(static offer => offer.PricePerPixel),
            new KeyValuePair<string, object?>("gen_ai.request.model", model)
        ));
    }

    private string StateOf(NetworkNode node) =>
        node.State == NodeState.Active && _network.StatsOf(node.NodeId).Suspension.State != SuspensionState.Open
            ? Suspended
            : Word(node.State);

    private static string Word(NodeState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
