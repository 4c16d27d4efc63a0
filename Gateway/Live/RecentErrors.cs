using System.Diagnostics;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Live;

/// <summary>Counts refusals and nodes' faults, and keeps the latest.</summary>
internal sealed class RecentErrors(LiveWindow window, GatewayTelemetry telemetry, Network network, TimeProvider time)
{
    /// <summary>How many errors are kept.</summary>
    public const int Kept = 200;

    private readonly LiveError[] _ring = new LiveError[Kept];
    private readonly Lock _gate = new();
    private long _count;

    /// <summary>A request was refused. Everyone who catches the refusal may report it; it counts once.</summary>
    /// <param name="refused">The reason.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="modelId">The requested model; null: none was named, or it is not known yet.</param>
    /// <param name="isItem">
    /// Whether it is an item of a job. It is tried again, and what it ends with is in the job's results; there may be hundreds a second.
    /// </param>
    public void Refused(RefusalException refused, string requestId, string? modelId = null, bool isItem = false)
    {
        if (refused.IsCounted)
        {
            return;
        }

        refused.IsCounted = true;
        var refusal = refused.Refusal;
        telemetry.Refused(refusal.Code, isItem);
        if (isItem)
        {
            return;
        }

        window.Refused(refusal);
        Add(LiveErrorKind.Request, refusal.Status, refusal.Code, requestId, refusal.NodeId, modelId);
    }

    /// <summary>A node failed on a request.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="modelId">The model.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="status">Its status; null: none.</param>
    /// <param name="code">What happened, as a code.</param>
    public void NodeFailed(string nodeId, string modelId, string requestId, int? status, string code)
    {
        window.NodeFailed();
        Add(LiveErrorKind.Node, status, code, requestId, nodeId, modelId);
    }

    /// <summary>The latest errors, newest first.</summary>
    public IReadOnlyList<LiveError> Read()
    {
        lock (_gate)
        {
            return [.. Enumerable.Range(1, (int)Math.Min(_count, Kept)).Select(back => _ring[(_count - back) % Kept])];
        }
    }

    private void Add(LiveErrorKind kind, int? status, string code, string requestId, string? nodeId, string? modelId)
    {
        // A model that nobody offers is the caller's own text, which may say anything.
        string? known = modelId is not null && network.View.Knows(modelId) ? modelId : null;
        var error = new LiveError(time.GetUtcNow(), kind, status, code, requestId, Activity.Current?.TraceId.ToHexString(), nodeId, known);
        lock (_gate)
        {
            _ring[_count++ % Kept] = error;
        }
    }
}
