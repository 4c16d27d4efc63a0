using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Idempotency;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Idempotency;
using ImageToText.Gateway.Pipeline;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Jobs;

/// <summary>
/// Starts once what a request with an idempotency key asks for. It gets the id of the request that claimed the key, so one that is
/// sent again finds it, even if the gateway of the first was killed before it answered.
/// </summary>
internal sealed class StartOnce(IdempotencyClaims claims)
{
    private const string Deleted =
        "What the first request with this Idempotency-Key started was deleted, or is at another gateway. "
        + "Use a new key to start it once more.";

    /// <summary>Starts it, or finds what was started.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">A new id.</param>
    /// <param name="caller">The key that sent it.</param>
    /// <param name="asked">A hash of what it asks.</param>
    /// <param name="find">Finds what was started under an id; null: nothing was, or it was deleted.</param>
    /// <param name="start">Starts it under an id.</param>
    /// <param name="idOf">The id of what was started.</param>
    /// <exception cref="RefusalException">
    /// 400: the idempotency key can't be used; 404: what was started was deleted; 409: the first request is still under way; 422: the key
    /// was used for another request; 503: the pricing service can't be reached.
    /// </exception>
    public async Task<T> RunAsync<T>(
        HttpContext http,
        string id,
        KeyGrant caller,
        Func<string> asked,
        Func<string, Task<T?>> find,
        Func<string, Task<T>> start,
        Func<T, string> idOf
    )
        where T : class
    {
        if (IdempotencyKey.Read(http.Request) is not { } key)
        {
            return await start(id);
        }

        var claim = await claims.ClaimAsync(
            new IdempotencyClaim(caller.KeyId, key.Hash, CacheKeys.Identity(key.Path, asked()), id),
            http.RequestAborted
        );
        var end = new IdempotencyResult(caller.KeyId, key.Hash, id, IsPaid: false);
        T? made;
        if (claim.Answer is { } kept)
        {
            made = await find(kept) ?? throw Refusals.NotFound(Deleted);
            http.Response.Headers[AnswerHeaders.Replayed] = "true";
            return made;
        }

        try
        {
            // A gateway may have started it, and been killed then.
            made = claim.RequestId == id ? null : await find(claim.RequestId);
            made ??= await start(claim.RequestId);
            end = end with { IsPaid = true, Answer = idOf(made) };
            return made;
        }
        finally
        {
            await claims.EndAsync(end);
        }
    }
}
