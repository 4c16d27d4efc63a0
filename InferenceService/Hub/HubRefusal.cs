namespace ImageToText.InferenceService.Hub;

/// <summary>What an answer of the hub that is no success means, and what to do about it.</summary>
internal static class HubRefusal
{
    /// <summary>The exception for an answer that is no success.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="uri">The address that gave it.</param>
    /// <param name="reference">The model that was asked for.</param>
    /// <param name="options">The hub's address, and whether a token was sent.</param>
    /// <param name="time">The clock for a Retry-After that names a moment.</param>
    /// <returns>A <see cref="HubInterruptedException"/> if another attempt may help; else a <see cref="HubException"/>.</returns>
    public static Exception Of(HttpResponseMessage response, Uri uri, HubModelReference reference, HubOptions options, TimeProvider time)
    {
        int status = (int)response.StatusCode;
        if (status is 408 or 429 or >= 500)
        {
            return new HubInterruptedException($"{uri.Authority} answers {status}") { RetryAfter = RetryAfter(response, time) };
        }

        if (!options.IsHome(uri))
        {
            return new HubInterruptedException($"{uri.Authority} refuses a file of {reference} with {status}");
        }

        string? code = Header(response, "X-Error-Code");
        string? message = Header(response, "X-Error-Message");
        var page = new Uri(options.Endpoint, reference.Id);
        var tokens = new Uri(options.Endpoint, "settings/tokens");
        return (status, code) switch
        {
            (_, "GatedRepo") => new HubException(
                HubFault.Gated,
                $"{reference.Id} is gated: sign in and accept its terms at {page}, create a token that may read it at "
                    + $"{tokens}, and set HF_TOKEN to it."
                    + (options.Token is null ? " (No token was sent.)" : " (The token sent is not enough.)")
            ),
            (_, "RevisionNotFound") => new HubException(
                HubFault.NotFound,
                $"{reference.Id} has no revision '{reference.Revision}': see {page}."
            ),
            (_, "EntryNotFound") => new HubException(HubFault.NotFound, $"{reference}: no such file at {uri}."),
            (401, _) when options.Token is not null && code != "RepoNotFound" => new HubException(
                HubFault.Unauthorized,
                $"{options.Endpoint.Host} refuses the token (HF_TOKEN or the token file) for {reference.Id}. Create a new one at {tokens}."
            ),
            // The hub also answers 401 for what does not exist, so as not to reveal which private repositories do.
            (401, _) or (404, _) => new HubException(
                status == 401 ? HubFault.Unauthorized : HubFault.NotFound,
                $"{options.Endpoint.Host} has no model {reference.Id}, or it is private. Check the name; for a private "
                    + $"one set HF_TOKEN (see {tokens})."
            ),
            (403, _) => new HubException(
                HubFault.Unauthorized,
                $"{options.Endpoint.Host} forbids {reference.Id}: {message ?? "403"}. Check the token's permissions."
            ),
            _ => new HubException(
                HubFault.Unreachable,
                $"{options.Endpoint.Host} answers {status} for {reference}: {message ?? response.ReasonPhrase}"
            ),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
            _ => null,
        };

    /// <summary>A header's first value; null: there is none.</summary>
    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
