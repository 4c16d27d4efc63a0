using System.Net;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Client;
using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Registration;
using ImageToText.ServiceDefaults.Shutdown;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Verification;

/// <summary>Takes on one verification after the other while the pricing service says that models are waiting.</summary>
internal sealed partial class VerificationWorker(
    PricingClient pricing,
    NodeRegistrar registrar,
    ModelVerification verification,
    ModelMemory memory,
    SamplePictures samples,
    Drain drain,
    IOptions<VerificationOptions> verificationOptions,
    TimeProvider time,
    ILogger<VerificationWorker> logger
) : BackgroundService
{
    // A report that is later than two thirds of the lease would lose the job.
    private const double RenewalShare = 1.0 / 3;

    private readonly VerificationOptions _options = verificationOptions.Value;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.Enabled || !samples.Any)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(_options.LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (drain.IsDraining || registrar.Lease is not { VerificationWaiting: true } || registrar.NodeId is not { } nodeId)
            {
                continue;
            }

            try
            {
                long free = memory.Budget - memory.Used;
                if (await pricing.LeaseVerificationAsync(new VerificationLeaseRequest(nodeId, free), stoppingToken) is { } job)
                {
                    await VerifyAsync(job, stoppingToken);
                }
            }
            catch (Exception fault) when (IsOutage(fault))
            {
                Log.Away(logger, fault.Message);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // An exception that escaped from here would end the node.
                Log.Failed(logger, fault);
            }
        }
    }

    private async Task VerifyAsync(VerificationJob job, CancellationToken stopping)
    {
        var report = new VerificationReport(pricing, job);
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewing = RenewAsync(report, TimeSpan.FromSeconds(job.LeaseSeconds * RenewalShare), lost);
        try
        {
            await VerifyAsync(job, report, lost.Token);
        }
        catch (Exception fault)
            when (fault is PricingException { Status: HttpStatusCode.Conflict }
                || (fault is OperationCanceledException && !stopping.IsCancellationRequested)
            )
        {
            Log.TakenOver(logger, job.ModelId);
        }
        finally
        {
            await lost.CancelAsync();
            await renewing;
        }
    }

    private async Task VerifyAsync(VerificationJob job, VerificationReport report, CancellationToken lost)
    {
        try
        {
            var (measurements, reason) = await verification.RunAsync(job, report, lost);
            await report.EndAsync(reason is null, reason, measurements, retry: false, lost);
            Log.Ended(logger, job.ModelId, reason ?? "verified");
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not PricingException and not HttpRequestException)
        {
            // Whatever an untried model throws counts against the model, unless this node lacks something: room, or the accepted
            // licence.
            bool retry =
                fault
                is ModelNotReadyException
                    or ModelFailedException { LacksRoom: true }
                    or IOException
                    or UnauthorizedAccessException
                    or HubException { Fault: HubFault.Unreachable or HubFault.Storage or HubFault.Configuration or HubFault.Licence };
            await report.EndAsync(verified: false, fault.Message, measurements: null, retry, lost);
            Log.Ended(logger, job.ModelId, fault.Message);
        }
    }

    private async Task RenewAsync(VerificationReport report, TimeSpan pause, CancellationTokenSource lost)
    {
        while (!lost.IsCancellationRequested)
        {
            await Task.Delay(pause, time, lost.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!lost.IsCancellationRequested)
                {
                    await report.RenewAsync(lost.Token);
                }
            }
            catch (PricingException fault) when (fault.Status is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
            {
                await lost.CancelAsync();
            }
            catch (Exception fault)
            {
                // The lease may still be renewed in time.
                Log.Away(logger, fault.Message);
            }
        }
    }

    private static bool IsOutage(Exception fault) => fault is HttpRequestException or PricingException;

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Information, "Verification of {Model} ended: {Outcome}")]
        public static partial void Ended(ILogger logger, string model, string outcome);

        [LoggerMessage(61, LogLevel.Information, "Verification of {Model} was taken over by another node")]
        public static partial void TakenOver(ILogger logger, string model);

        [LoggerMessage(62, LogLevel.Warning, "A verification could not be reported to the pricing service: {Reason}")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(63, LogLevel.Error, "A verification failed on this node's side; looking for the next one later.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
