using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Operations;

/// <summary>This gateway's own figures for the last minutes.</summary>
internal sealed class LiveReport(
    LiveWindow window,
    RecentErrors errors,
    PictureIntake intake,
    UsageJournal journal,
    Network network,
    GatewayIdentity identity
)
{
    /// <summary>The figures, with the seconds after <paramref name="after"/>, in Unix seconds.</summary>
    public LiveFigures Read(long after)
    {
        var (until, seconds) = window.Read(after);
        var records = journal.Records;
        return new LiveFigures(
            identity.Id,
            until,
            seconds,
            window.Summarize(),
            window.InFlight,
            intake.Room.Held,
            intake.Room.Limit,
            records.Durable != records.Shipped,
            [.. network.View.Snapshot.Nodes.Select(node => Seen(network.StatsOf(node.NodeId)))],
            errors.Read()
        );
    }

    private static LiveNode Seen(NodeStats node)
    {
        double[]? latency = node.Latencies.Percentiles(1, 0.5, 0.95);
        var standing = node.ActivelyUnhealthy
            ? LiveStanding.Unwell
            : node.Suspension.State switch
            {
                SuspensionState.Open => LiveStanding.Open,
                SuspensionState.Probe => LiveStanding.Probing,
                _ => LiveStanding.Suspended,
            };
        return new LiveNode(
            node.Id,
            node.InFlight,
            standing,
            node.Suspension.Faults,
            Math.Round(node.BusyFor.TotalSeconds, 1),
            Rounded(latency?[0]),
            Rounded(latency?[1])
        );
    }

    private static double? Rounded(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 1) : null;
}
