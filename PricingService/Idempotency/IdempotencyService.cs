using ImageToText.Contracts.Idempotency;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Idempotency;

/// <summary>
/// Remembers for a day what was answered to requests with an idempotency key, so that one sent again gets the same answer and one
/// charge, whichever gateway it reaches.
/// </summary>
internal sealed class IdempotencyService(Store store, Signal<IdempotentRequest> ended, TimeProvider time)
{
    private const int LongestHash = 64;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    // A gateway that has not answered by then is gone. Another one may make the caption; it is charged under the same request id.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    // Another replica's results are not signalled here.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Claims a key, or returns what was answered to the request that claimed it before.</summary>
    public async Task<IdempotencyAnswer> ClaimAsync(IdempotencyClaim claim, CancellationToken cancellationToken)
    {
        if (claim.KeyId.Length == 0 || claim.RequestId.Length == 0 || claim.WaitSeconds is not >= 0)
        {
            throw PricingRefusals.Invalid("key_id and request_id must be given, and wait_seconds must not be negative.");
        }

        if (claim.Key.Length is 0 or > LongestHash || claim.Fingerprint.Length is 0 or > LongestHash)
        {
            throw PricingRefusals.Invalid($"key and fingerprint must be hashes of 1 to {LongestHash} characters.");
        }

        var until = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(claim.WaitSeconds, LongestWait.TotalSeconds));
        while (true)
        {
            var next = ended.Next;
            var answer = await store.WriteAsync(
                [Lock(claim.KeyId, claim.Key)],
                db => TryAsync(db, claim, cancellationToken),
                cancellationToken
            );
            var rest = until - time.GetUtcNow();
            if (answer.Outcome != IdempotencyOutcome.Pending || rest <= TimeSpan.Zero)
            {
                return answer;
            }

            await Signal<IdempotentRequest>.WaitAsync(next, rest < LookAgain ? rest : LookAgain, time, cancellationToken);
        }
    }

    /// <summary>Ends a claim. One that somebody else has taken over is left alone.</summary>
    public async Task<IdempotencyResult> EndAsync(IdempotencyResult result, CancellationToken cancellationToken)
    {
        await store.WriteAsync(
            [Lock(result.KeyId, result.Key)],
            async db =>
            {
                var row = await db.IdempotentRequests.FindAsync([result.KeyId, result.Key], cancellationToken);
                if (row is null || row.Owner != result.RequestId)
                {
                    return false;
                }

                if (!result.IsPaid)
                {
                    db.Remove(row);
                    return true;
                }

                row.IsPaid = true;
                row.Answer = result.Answer;
                row.ClaimedUntil = time.GetUtcNow();
                return true;
            },
            cancellationToken
        );
        ended.Raise();
        return result;
    }

    /// <summary>Forgets what is a day old.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Kept;
        return store.WriteAsync(
            [],
            db => db.IdempotentRequests.Where(row => row.CreatedAt < before).ExecuteDeleteAsync(cancellationToken),
            cancellationToken
        );
    }

    private static string Lock(string keyId, string key) => $"idempotency:{keyId}:{key}";

    private async Task<IdempotencyAnswer> TryAsync(PricingDb db, IdempotencyClaim claim, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var row = await db.IdempotentRequests.FindAsync([claim.KeyId, claim.Key], cancellationToken);
        if (row is null || row.CreatedAt < now - Kept)
        {
            row ??= db.IdempotentRequests.Add(New(claim)).Entity;
            (row.Fingerprint, row.RequestId, row.Seed) = (claim.Fingerprint, claim.RequestId, claim.Seed);
            (row.IsPaid, row.Answer, row.CreatedAt) = (false, null, now);
        }
        else if (row.Fingerprint != claim.Fingerprint)
        {
            return new(IdempotencyOutcome.Mismatch, row.RequestId);
        }
        else if (row.Answer is { } answer)
        {
            return new(IdempotencyOutcome.Done, row.RequestId, row.Seed, row.IsPaid, answer);
        }
        else if (row.ClaimedUntil > now)
        {
            return new(IdempotencyOutcome.Pending, row.RequestId);
        }
        else if (!row.IsPaid)
        {
            await LookInLedgerAsync(db, row, claim, cancellationToken);
        }

        (row.Owner, row.ClaimedUntil) = (claim.RequestId, now + Claim);
        return new(IdempotencyOutcome.Claimed, row.RequestId, row.Seed, row.IsPaid);
    }

    // The gateway that held the claim is gone. It may have charged the caption before, and taken that back.
    private static async Task LookInLedgerAsync(
        PricingDb db,
        IdempotentRequest row,
        IdempotencyClaim claim,
        CancellationToken cancellationToken
    )
    {
        string reversal = UsageRecord.ReversalOf(row.RequestId);
        var charged = await db
            .Ledger.Where(entry => entry.KeyId == row.KeyId && (entry.RequestId == row.RequestId || entry.RequestId == reversal))
            .Select(entry => entry.RequestId)
            .ToListAsync(cancellationToken);
        if (charged.Contains(reversal))
        {
            // Each id is charged once, so the caption needs another.
            row.RequestId = claim.RequestId;
        }
        else
        {
            row.IsPaid = charged.Count > 0;
        }
    }

    private static IdempotentRequest New(IdempotencyClaim claim) =>
        new()
        {
            KeyId = claim.KeyId,
            KeyHash = claim.Key,
            Fingerprint = claim.Fingerprint,
            RequestId = claim.RequestId,
            Owner = claim.RequestId,
        };
}
