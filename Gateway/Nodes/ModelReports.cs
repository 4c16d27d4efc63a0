using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Nodes;

/// <summary>
/// What nodes say of their models (family, parameters, memory). For each model one node is asked, no node twice, and the answers are
/// kept for a while. A node that doesn't answer soon is left out: callers do without.
/// </summary>
internal sealed class ModelReports(Network network, NodeModels nodes, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly IReadOnlyDictionary<string, ServedModel> None = new Dictionary<string, ServedModel>(StringComparer.Ordinal);

    private Answer _last = new(NetworkView.Empty, 0, None);

    /// <summary>The reports by model id; a model that no node describes is missing.</summary>
    public async Task<IReadOnlyDictionary<string, ServedModel>> ReadAsync(CancellationToken cancellationToken)
    {
        var last = Volatile.Read(ref _last);
        var view = network.View;
        if (ReferenceEquals(last.View, view) && time.GetElapsedTime(last.At) < Kept)
        {
            return last.Reports;
        }

        using var deadline = new Deadline(Patience, time, cancellationToken);
        var answers = await Task.WhenAll(AskedOf(view).Select(node => AskAsync(node, deadline.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        var reports = answers
            .SelectMany(static models => models)
            .GroupBy(static model => model.Id, StringComparer.Ordinal)
            .ToDictionary(
                static models => models.Key,
                static models => models.OrderBy(static model => model.State != ServedModelState.Loaded).First(),
                StringComparer.Ordinal
            );
        Volatile.Write(ref _last, new Answer(view, time.GetTimestamp(), reports));
        return reports;
    }

    private static IEnumerable<string> AskedOf(NetworkView view)
    {
        var described = new HashSet<string>(StringComparer.Ordinal);
        var able = view.Snapshot.Nodes.Where(static node => node is { State: NodeState.Active, Kind: NodeKind.Native });
        // A model that is loaded says more of itself.
        foreach (var node in able.OrderByDescending(static node => node.Models.Count(static model => model.State == ModelState.Warm)))
        {
            bool isNew = false;
            foreach (var model in node.Models)
            {
                isNew |= described.Add(model.ModelId);
            }

            if (isNew)
            {
                yield return node.NodeId;
            }
        }
    }

    private async Task<IReadOnlyList<ServedModel>> AskAsync(string nodeId, CancellationToken cancellationToken)
    {
        try
        {
            return (await nodes.ListAsync(nodeId, cancellationToken)).Models;
        }
        catch (Exception failure) when (failure is RefusalException or OperationCanceledException)
        {
            return [];
        }
    }

    private sealed record Answer(NetworkView View, long At, IReadOnlyDictionary<string, ServedModel> Reports);
}
