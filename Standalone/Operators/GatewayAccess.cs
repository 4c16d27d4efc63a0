using System.Net.Http.Headers;
using System.Text.Json;
using ImageToText.Contracts;

namespace ImageToText.Standalone.Operators;

/// <summary>A gateway as its callers see it.</summary>
/// <param name="address">The gateway's address.</param>
/// <param name="key">The API key; null: none is sent.</param>
internal sealed class GatewayAccess(Uri address, string? key)
{
    /// <summary>Sends a request. The answer is there once its headers are.</summary>
    /// <exception cref="CommandException">The gateway can't be reached, or it refuses.</exception>
    public async Task<T> AskAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? body,
        Func<HttpContent, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        using var http = new HttpClient
        {
            BaseAddress = new Uri(address.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode
                ? await read(answer.Content)
                : throw new CommandException(await MessageOfAsync(answer, cancellationToken));
        }
        catch (HttpRequestException failure)
        {
            throw new CommandException(
                $"Nothing answers at {address} ({failure.Message}): is 'serve' running? To use another address, pass "
                    + $"--server or set {ServerOptions.ServerVariable}."
            );
        }
    }

    private static async Task<string> MessageOfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        string text = await answer.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return JsonSerializer.Deserialize(text, GatewayApiJson.Default.ErrorBody)?.Error.Message
                ?? $"The gateway answered {(int)answer.StatusCode}.";
        }
        catch (JsonException)
        {
            return $"The gateway answered {(int)answer.StatusCode}.";
        }
    }
}
