using System.CommandLine;
using System.Text.Json;
using ImageToText.Contracts.Registry;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>nodes list | drain | disable | enable.</summary>
internal sealed class NodesCommand(Terminal terminal, CommandRunner run)
{
    private readonly OperatorCommand _operators = new(terminal, run);

    public Command Create() =>
        _operators.Subject(
            "nodes",
            "Lists nodes and decides which of them get work.",
            List(),
            State("drain", NodeState.Draining, "Lets a node finish what it has and gives it nothing new."),
            State("disable", NodeState.Disabled, "Takes a node out, even while it keeps renewing its lease."),
            State("enable", NodeState.Active, "Gives a node work again.")
        );

    private Command List()
    {
        var command = new Command("list", "Lists the nodes with their models; a model that is loaded is marked *.");
        _operators.AnswerList(
            command,
            static (pricing, _, cancellationToken) => pricing.GetNodesAsync(cancellationToken),
            static json => json.NodeInfo,
            Show
        );
        return command;
    }

    private Command State(string name, NodeState state, string description)
    {
        var node = new Argument<string>("NODE_ID") { Description = "The node's id, as 'nodes list' shows it." };
        var command = new Command(name, description) { node };
        _operators.Answer(
            command,
            (pricing, parsed, cancellationToken) => pricing.SetNodeStateAsync(parsed.GetRequiredValue(node), state, cancellationToken),
            static json => json.NodeInfo,
            (changed, _) =>
            {
                Show([changed]);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private void Show(IReadOnlyList<NodeInfo> nodes)
    {
        var listing = new Listing(
            "NODE",
            "STATE",
            "KIND",
            "ADDRESS",
            "SOURCE",
            "DEVICE",
            new("RUNNING", IsNumber: true),
            new("WAITING", IsNumber: true),
            "LEASE UNTIL",
            "MODELS"
        );
        foreach (var node in nodes)
        {
            listing.Add(
                node.NodeId,
                Word(node.State),
                Word(node.Kind),
                node.Address.AbsoluteUri,
                node.Source,
                node.Hardware?.Device ?? node.Hardware?.Provider ?? "",
                $"{node.Running}",
                $"{node.QueueDepth}",
                node.ExpiresAt?.Text() ?? "",
                string.Join(' ', node.Models.Select(static model => model.State == ModelState.Warm ? model.ModelId + "*" : model.ModelId))
            );
        }

        listing.Write(terminal);
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
