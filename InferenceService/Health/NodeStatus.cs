using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.InferenceService.Health;

/// <summary>The node's state, in the words of Livepeer's AI runner.</summary>
internal sealed class NodeStatus(ModelView models, CaptionAdmission admission) : IHealthCheck
{
    public const string Ok = "OK";
    public const string Idle = "IDLE";
    public const string Loading = "LOADING";
    public const string Error = "ERROR";

    /// <summary>
    /// Livepeer's worker restarts a node that reports ERROR, so it is reported only if no model can be used at all.
    /// </summary>
    public string Status
    {
        get
        {
            var activity = models.Activity();
            if (admission.InHand > 0 && activity.Loaded > 0)
            {
                return Ok;
            }

            if (activity.Loaded > 0)
            {
                return Idle;
            }

            if (activity.Loading > 0)
            {
                return Loading;
            }

            return activity.Failed > 0 || models.DefaultModel.Length == 0 ? Error : Idle;
        }
    }

    /// <summary>Readiness: whether the node can caption.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            Status switch
            {
                Loading => HealthCheckResult.Unhealthy("The models are being loaded."),
                Error => HealthCheckResult.Unhealthy("No model can be used; GET /models says why."),
                _ => HealthCheckResult.Healthy(),
            }
        );
}
