using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Idempotency;

/// <summary>Body of <c>POST /idempotency/claims</c>: a gateway is about to caption for a request with an idempotency key.</summary>
/// <param name="KeyId">The API key that sent it; each has its own idempotency keys.</param>
/// <param name="Key">Hash of the idempotency key, and of a batch's index.</param>
/// <param name="Fingerprint">Hash of what the request asks.</param>
/// <param name="RequestId">The request.</param>
/// <param name="Seed">The seed that it would sample with; null: its captions are the same every time.</param>
/// <param name="WaitSeconds">How long to wait for a request with the same key that is under way.</param>
public sealed record IdempotencyClaim(
    string KeyId,
    string Key,
    string Fingerprint,
    string RequestId,
    long? Seed = null,
    double WaitSeconds = 0
);

/// <summary>What a claim led to.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<IdempotencyOutcome>))]
public enum IdempotencyOutcome
{
    /// <summary>The caption must be made.</summary>
    Claimed,

    /// <summary>It was made; the answer is given.</summary>
    Done,

    /// <summary>A request with the same key is still under way.</summary>
    Pending,

    /// <summary>The key was used for something else.</summary>
    Mismatch,
}

/// <summary>Answer of <c>POST /idempotency/claims</c>.</summary>
/// <param name="Outcome">What it led to.</param>
/// <param name="RequestId">The first request with this key. A caption that isn't paid yet is charged under its id.</param>
/// <param name="Seed">The seed to sample with.</param>
/// <param name="IsPaid">Whether the caption was paid, so that it is made again for nothing.</param>
/// <param name="Answer">The answer as its gateway kept it.</param>
public sealed record IdempotencyAnswer(
    IdempotencyOutcome Outcome,
    string RequestId,
    long? Seed = null,
    bool IsPaid = false,
    string? Answer = null
);

/// <summary>Body of <c>POST /idempotency/results</c>: a claimed request has ended.</summary>
/// <param name="KeyId">The API key.</param>
/// <param name="Key">Hash of the idempotency key.</param>
/// <param name="RequestId">The request that claimed it.</param>
/// <param name="IsPaid">Whether its caption was charged; if not, the key is free again.</param>
/// <param name="Answer">The answer, to be given to the same request; null: nothing of it may be kept, or it was cut off.</param>
public sealed record IdempotencyResult(string KeyId, string Key, string RequestId, bool IsPaid, string? Answer = null);
