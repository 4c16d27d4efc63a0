using System.Diagnostics;
using OpenTelemetry;

namespace ImageToText.ServiceDefaults.Telemetry;

/// <summary>
/// Calls that belong to no request are not traced: heartbeats, health probes, sweeps of the books. There are some every second, each would
/// be a trace of its own, and what goes wrong with them is in the log. The other side is told, so that its half is not traced either.
/// </summary>
internal sealed class BackgroundCalls : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnStart(Activity data)
    {
        if (data is { Kind: ActivityKind.Client, Parent: null } && data.ParentSpanId == default)
        {
            data.IsAllDataRequested = false;
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
