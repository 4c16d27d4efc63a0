using System.Diagnostics;
using OpenTelemetry;

namespace ImageToText.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps calls that belong to no request out of the traces: heartbeats, health probes, sweeps of the books. There are some every
/// second, each would be its own trace, and the log reports their failures. The other side is told not to trace its half either.
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
