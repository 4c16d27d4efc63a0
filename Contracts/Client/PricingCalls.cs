using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using static ImageToText.Contracts.Client.PricingAnswer;

namespace ImageToText.Contracts.Client;

/// <summary>Sends the pricing service requests, and reads its answers. Whatever goes wrong is one of two exceptions.</summary>
internal sealed class PricingCalls(HttpClient http)
{
    /// <summary>The answer; null: there is no such thing.</summary>
    public static async Task<T?> OrNullAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (PricingException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Gets a value.</summary>
    public async Task<T> GetAsync<T>(string uri, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return await ReadAsync(response, type, cancellationToken);
    }

    /// <summary>Gets a file.</summary>
    public async Task<byte[]> DownloadAsync(string uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Sends a value, and gets another.</summary>
    public async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method,
        string uri,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    )
    {
        using var response = await SendAsync(method, uri, body, bodyType, cancellationToken);
        return await ReadAsync(response, answerType, cancellationToken);
    }

    /// <summary>Sends a value, and gets another; null: the answer has no content.</summary>
    public async Task<TAnswer?> SendForContentAsync<TBody, TAnswer>(
        HttpMethod method,
        string uri,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    )
        where TAnswer : class
    {
        using var response = await SendAsync(method, uri, body, bodyType, cancellationToken);
        return response.StatusCode == HttpStatusCode.NoContent ? null : await ReadAsync(response, answerType, cancellationToken);
    }

    /// <summary>Sends a request that has no body.</summary>
    public async Task SendAsync(HttpMethod method, string uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    /// <summary>Gets a file, piece by piece.</summary>
    public async Task CopyAsync(string uri, Stream destination, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        await response.Content.CopyToAsync(destination, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync<TBody>(
        HttpMethod method,
        string uri,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, uri) { Content = JsonContent.Create(body, bodyType) };
        var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        try
        {
            await ThrowIfRefusedAsync(response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        HttpCompletionOption completion,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await http.SendAsync(request, completion, cancellationToken);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            // The client gave up, on the connection or the answer. To callers that is an outage like any other.
            throw new HttpRequestException(HttpRequestError.ConnectionError, late.InnerException?.Message ?? late.Message, late);
        }
    }
}
