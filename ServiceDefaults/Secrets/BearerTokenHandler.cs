using System.Net.Http.Headers;

namespace ImageToText.ServiceDefaults.Secrets;

/// <summary>Sends the bearer token that is in force at the moment of the call.</summary>
/// <param name="token">Tells the token; null or empty: none is sent.</param>
public sealed class BearerTokenHandler(Func<string?> token) : DelegatingHandler
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (token() is { Length: > 0 } current)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", current);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
