using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Verification;

/// <summary>
/// Requests for models to be verified, from beginning to end: they wait, are run by one node at a time under a lease that its
/// reports renew, are taken over by another when the lease ends, and are verified or rejected.
/// </summary>
internal sealed class VerificationQueue(
    NetworkChanges changes,
    Store store,
    IOptions<VerificationQueueOptions> options,
    TimeProvider time,
    PricingTelemetry telemetry
)
{
    private const int MostListed = 500;
    private const int LongestModelId = 200;

    // There is one queue, because taking a job looks at all of them.
    private const string Queue = "model-requests";
    private readonly VerificationQueueOptions _options = options.Value;

    /// <summary>
    /// Requests the verification of a model. If there is already an open request for it, that one is returned. Expectations bind
    /// later requests too, so they must come from operators; the routes make sure of that.
    /// </summary>
    public Task<ModelRequest> RequestAsync(ModelRequestBody body, string? requestedBy, CancellationToken cancellationToken)
    {
        Check(body);
        string revision = string.IsNullOrWhiteSpace(body.HubRevision) ? RequestedModel.DefaultRevision : body.HubRevision;
        return changes.WriteAsync(
            [Queue],
            async db =>
            {
                var open = await db
                    .RequestedModels.Where(request => request.ModelId == body.ModelId && request.HubRevision == revision)
                    .Where(request => request.State == ModelRequestState.Waiting || request.State == ModelRequestState.Running)
                    .FirstOrDefaultAsync(cancellationToken);
                if (open is not null)
                {
                    return (open.ToContract(), Change.Nothing);
                }

                var request = new RequestedModel
                {
                    RequestId = Guid.CreateVersion7().ToString("N"),
                    ModelId = body.ModelId,
                    HubRevision = revision,
                    // A request without expectations uses those of the latest request that had some.
                    ExpectationsJson = body.Expectations is { Count: > 0 }
                        ? StoredJson.Write(body.Expectations, ContractsJson.Default.IReadOnlyDictionaryStringString)
                        : await db
                            .RequestedModels.Where(earlier =>
                                earlier.ModelId == body.ModelId && earlier.HubRevision == revision && earlier.ExpectationsJson != null
                            )
                            .OrderByDescending(earlier => earlier.RequestedAt)
                            .Select(earlier => earlier.ExpectationsJson)
                            .FirstOrDefaultAsync(cancellationToken),
                    State = ModelRequestState.Waiting,
                    RequestedBy = requestedBy,
                    RequestedAt = time.GetUtcNow(),
                    StepsJson = "[]",
                };
                db.RequestedModels.Add(request);
                return (request.ToContract(), Change.Nothing);
            },
            cancellationToken
        );
    }

    public Task<IReadOnlyList<ModelRequest>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
            (IReadOnlyList<ModelRequest>)
                [
                    .. (
                        await db
                            .RequestedModels.OrderByDescending(request => request.RequestedAt)
                            .ThenByDescending(request => request.RequestId)
                            .Take(MostListed)
                            .ToListAsync(cancellationToken)
                    ).Select(request => request.ToContract()),
                ]
        );

    public Task<ModelRequest> GetAsync(string requestId, CancellationToken cancellationToken) =>
        store.ReadAsync(async db => (await FindAsync(db, requestId, cancellationToken)).ToContract());

    /// <summary>Whether a node with room could take a job now.</summary>
    public static Task<bool> IsWaitingAsync(PricingDb db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.RequestedModels.AnyAsync(
            request => request.State == ModelRequestState.Waiting && (request.NotBefore == null || request.NotBefore <= now),
            cancellationToken
        );

    /// <summary>Gives the oldest waiting job to a node.</summary>
    /// <returns>Null: none is waiting.</returns>
    public Task<VerificationJob?> LeaseAsync(string nodeId, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Queue],
            async db =>
            {
                var now = time.GetUtcNow();
                if (
                    await db.Nodes.FindAsync([nodeId], cancellationToken)
                    is not { Present: true, State: Contracts.Registry.NodeState.Active }
                )
                {
                    throw PricingRefusals.Conflict($"The node {nodeId} is not registered and active: only such nodes verify models.");
                }

                var request = await db
                    .RequestedModels.Where(request =>
                        request.State == ModelRequestState.Waiting && (request.NotBefore == null || request.NotBefore <= now)
                    )
                    // A node whose attempt failed comes after the others, which get their chance during the pause.
                    .OrderBy(request => request.NodeId == nodeId ? 1 : 0)
                    .ThenBy(request => request.RequestedAt)
                    .FirstOrDefaultAsync(cancellationToken);
                if (request is null)
                {
                    return ((VerificationJob?)null, Change.Nothing);
                }

                request.State = ModelRequestState.Running;
                request.NodeId = nodeId;
                request.Attempts++;
                request.LeaseId = Guid.NewGuid().ToString("N");
                request.LeaseExpiresAt = now + _options.Lease;
                return (
                    new(
                        request.RequestId,
                        request.LeaseId,
                        _options.Lease.TotalSeconds,
                        request.ModelId,
                        request.HubRevision,
                        request.Expectations
                    ),
                    Change.Nothing
                );
            },
            cancellationToken
        );

    /// <summary>Records a step and renews the lease.</summary>
    public Task<ModelRequest> ReportAsync(string requestId, VerificationStepReport report, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Queue],
            async db =>
            {
                var request = await FindLeasedAsync(db, requestId, report.LeaseId, cancellationToken);
                var now = time.GetUtcNow();
                request.LeaseExpiresAt = now + _options.Lease;
                if (report.Step is { } name)
                {
                    var steps = request.Steps.ToList();
                    DateTimeOffset? ended = report.State == StepState.Running ? null : now;
                    int under = steps.FindIndex(step => step.Name == name && step.EndedAt is null);
                    if (under >= 0)
                    {
                        steps[under] = steps[under] with
                        {
                            State = report.State,
                            EndedAt = ended,
                            Detail = report.Detail ?? steps[under].Detail,
                        };
                    }
                    else
                    {
                        steps.Add(new(name, report.State, request.NodeId!, now, ended, report.Detail));
                    }

                    request.Steps = steps;
                }

                return (request.ToContract(), Change.Nothing);
            },
            cancellationToken
        );

    /// <summary>
    /// Ends an attempt. A rejection withdraws an earlier verification, whoever asked. Expectations come from operators only, so
    /// nobody else can get a model rejected with their own.
    /// </summary>
    public Task<ModelRequest> CompleteAsync(string requestId, VerificationResult result, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Queue],
            async db =>
            {
                var request = await FindLeasedAsync(db, requestId, result.LeaseId, cancellationToken);
                request.MeasurementsJson = StoredJson.Write(result.Measurements, ContractsJson.Default.VerificationMeasurements);
                string? reason = Fault(request, result);
                if (reason is null)
                {
                    EndSteps(request, StepState.Succeeded, null);
                    End(request, ModelRequestState.Verified, null);
                    await VerifyAsync(db, request, cancellationToken);
                    return (request.ToContract(), Change.Network);
                }

                EndSteps(request, StepState.Failed, reason);
                if (result.Retry && !result.Verified)
                {
                    TryAgain(request, reason);
                }
                else
                {
                    End(request, ModelRequestState.Rejected, reason);
                    // The earlier verification no longer holds.
                    if (await db.VerifiedModels.FindAsync([request.ServedAs], cancellationToken) is { } verified)
                    {
                        db.VerifiedModels.Remove(verified);
                        return (request.ToContract(), Change.Network);
                    }
                }

                return (request.ToContract(), Change.Nothing);
            },
            cancellationToken
        );

    /// <summary>Takes jobs back from nodes that have stopped reporting, and gives up on requests that nobody takes.</summary>
    /// <returns>How many requests changed.</returns>
    public async Task<int> TakeBackAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var old = now - _options.GiveUpAfter;
        bool due = await store.ReadAsync(db => Due(db, now, old).AnyAsync(cancellationToken));
        if (!due)
        {
            return 0;
        }

        return await changes.WriteAsync(
            [Queue],
            async db =>
            {
                var requests = await Due(db, now, old).ToListAsync(cancellationToken);
                foreach (var request in requests)
                {
                    if (request.State == ModelRequestState.Running)
                    {
                        string reason = $"The node {request.NodeId} has not reported for {_options.Lease.TotalSeconds} s.";
                        EndSteps(request, StepState.Failed, reason);
                        // Another node may take it over at once.
                        TryAgain(request, reason);
                        request.NotBefore = null;
                    }
                    else
                    {
                        End(
                            request,
                            ModelRequestState.Rejected,
                            $"No node with room has finished it in {_options.GiveUpAfter}. {request.Reason}".TrimEnd()
                        );
                    }
                }

                return (requests.Count, Change.Nothing);
            },
            cancellationToken
        );
    }

    private static IQueryable<RequestedModel> Due(PricingDb db, DateTimeOffset now, DateTimeOffset old) =>
        db.RequestedModels.Where(request =>
            (request.State == ModelRequestState.Running && request.LeaseExpiresAt <= now)
            || (request.State == ModelRequestState.Waiting && request.RequestedAt <= old)
        );

    private static void Check(ModelRequestBody body)
    {
        string[] parts = body.ModelId?.Split('/') ?? [];
        if (
            parts.Length is not (1 or 2)
            || body.ModelId!.Length > LongestModelId
            || parts.Any(part =>
                part.Length == 0
                || part is "." or ".."
                || part.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))
            )
        )
        {
            throw PricingRefusals.Invalid("model_id must look like org/name, with letters, digits, '-', '_' and '.'.");
        }

        if (
            body.HubRevision is { } revision
            && (revision.Length > LongestModelId || revision.Contains("..", StringComparison.Ordinal) || revision.Any(char.IsControl))
        )
        {
            throw PricingRefusals.Invalid("hub_revision must be a branch, tag or commit.");
        }
    }

    private static string? Fault(RequestedModel request, VerificationResult result)
    {
        if (!result.Verified)
        {
            return string.IsNullOrWhiteSpace(result.Reason) ? "The node gave no reason." : result.Reason;
        }

        return result.Measurements is { Expectations: { } expected } measured && !(measured.ExpectationsMet >= expected)
            ? $"{measured.ExpectationsMet ?? 0} of {expected} captions are as expected; node {request.NodeId}."
            : null;
    }

    private static async Task<RequestedModel> FindAsync(PricingDb db, string requestId, CancellationToken cancellationToken) =>
        await db.RequestedModels.SingleOrDefaultAsync(request => request.RequestId == requestId, cancellationToken)
        ?? throw PricingRefusals.NotFound($"There is no model request {requestId}.");

    private static async Task<RequestedModel> FindLeasedAsync(
        PricingDb db,
        string requestId,
        string leaseId,
        CancellationToken cancellationToken
    )
    {
        var request = await FindAsync(db, requestId, cancellationToken);
        return request.State == ModelRequestState.Running && request.LeaseId == leaseId
            ? request
            : throw PricingRefusals.Conflict($"This attempt at the model request {requestId} has ended: stop working on it.");
    }

    private async Task VerifyAsync(PricingDb db, RequestedModel request, CancellationToken cancellationToken)
    {
        var verified = await db.VerifiedModels.FindAsync([request.ServedAs], cancellationToken);
        if (verified is null)
        {
            verified = new() { ModelId = request.ServedAs, RequestId = request.RequestId };
            db.VerifiedModels.Add(verified);
        }

        verified.RequestId = request.RequestId;
        verified.VerifiedAt = time.GetUtcNow();
        verified.MeasurementsJson = request.MeasurementsJson;
    }

    private void TryAgain(RequestedModel request, string reason)
    {
        if (request.Attempts >= _options.MaxAttempts)
        {
            End(request, ModelRequestState.Rejected, $"No node could finish it in {request.Attempts} attempts. The last: {reason}");
            return;
        }

        request.State = ModelRequestState.Waiting;
        request.Reason = reason;
        request.LeaseId = null;
        request.LeaseExpiresAt = null;
        request.NotBefore = time.GetUtcNow() + _options.RetryAfter;
    }

    private void End(RequestedModel request, ModelRequestState state, string? reason)
    {
        request.State = state;
        request.Reason = reason;
        request.LeaseId = null;
        request.LeaseExpiresAt = null;
        request.NotBefore = null;
        request.EndedAt = time.GetUtcNow();
        telemetry.VerificationEnded(state == ModelRequestState.Verified ? "verified" : "rejected");
    }

    private void EndSteps(RequestedModel request, StepState state, string? detail) =>
        request.Steps = [
            .. request.Steps.Select(step =>
                step.EndedAt is not null ? step : step with { State = state, EndedAt = time.GetUtcNow(), Detail = step.Detail ?? detail }
            ),
        ];
}
