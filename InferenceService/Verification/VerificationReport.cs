using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Client;

namespace ImageToText.InferenceService.Verification;

/// <summary>Reports the progress of a verification to the pricing service. Each call renews the node's right to it.</summary>
internal sealed class VerificationReport(PricingClient pricing, VerificationJob job)
{
    /// <summary>Runs a step, and reports its start and its outcome.</summary>
    /// <param name="name">Which step.</param>
    /// <param name="step">Does the step, and returns its outcome.</param>
    /// <param name="cancellationToken">The lease or the node has ended.</param>
    public async Task StepAsync(VerificationStepName name, Func<Task<string>> step, CancellationToken cancellationToken)
    {
        await SayAsync(name, StepState.Running, null, cancellationToken);
        string detail;
        try
        {
            detail = await step();
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not PricingException)
        {
            await SayAsync(name, StepState.Failed, fault.Message, cancellationToken);
            throw;
        }

        await SayAsync(name, StepState.Succeeded, detail, cancellationToken);
    }

    /// <summary>Reports that a step is skipped.</summary>
    public Task SkipAsync(VerificationStepName name, string why, CancellationToken cancellationToken) =>
        SayAsync(name, StepState.Skipped, why, cancellationToken);

    /// <summary>Renews the node's right to the verification.</summary>
    public Task RenewAsync(CancellationToken cancellationToken) =>
        pricing.ReportVerificationStepAsync(job.RequestId, new VerificationStepReport(job.LeaseId), cancellationToken);

    /// <summary>Ends the verification.</summary>
    public Task EndAsync(
        bool verified,
        string? reason,
        VerificationMeasurements? measurements,
        bool retry,
        CancellationToken cancellationToken
    ) =>
        pricing.CompleteVerificationAsync(
            job.RequestId,
            new VerificationResult(job.LeaseId, verified, reason, measurements, retry),
            cancellationToken
        );

    private Task<ModelRequest> SayAsync(VerificationStepName name, StepState state, string? detail, CancellationToken cancellationToken) =>
        pricing.ReportVerificationStepAsync(job.RequestId, new VerificationStepReport(job.LeaseId, name, state, detail), cancellationToken);
}
