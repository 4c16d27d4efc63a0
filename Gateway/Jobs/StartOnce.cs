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
        if (claim.Answer is { } kept)
        {
            return Replayed(await find(kept) ?? throw Refusals.NotFound(Deleted));
        }

        // A gateway may have started it, and been killed then.
        bool isTaken = claim.RequestId != id;
        // Kept with its id, the key leads the next request to what this one may have stored, even if it failed.
        var end = new IdempotencyResult(caller.KeyId, key.Hash, id, IsPaid: true);
        try
        {
            var made = isTaken && await find(claim.RequestId) is { } stored ? Replayed(stored) : await start(claim.RequestId);
            end = end with { Answer = idOf(made) };
            return made;
        }
        catch (RefusalException refused) when (!isTaken && refused.Refusal.Status < StatusCodes.Status500InternalServerError)
        {
            // Nothing was stored, and the key is free for a corrected request.
            end = end with
            {
                IsPaid = false,
            };
            throw;
        }
        finally
        {
            await claims.EndAsync(end);
        }

        T Replayed(T first)
        {
            http.Response.Headers[AnswerHeaders.Replayed] = "true";
            return first;
        }
    }
}
