using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ImageToText.AppHost.Commands;

/// <summary>The gateway's operator routes, which the dashboard's commands use just as the operations page does.</summary>
/// <param name="gateway">The gateway's address.</param>
/// <param name="token">The operator's token.</param>
internal sealed class OperatorClient(EndpointReference gateway, ParameterResource token)
{
    /// <summary>Sends one request.</summary>
    /// <returns>The answer's JSON, or the gateway's reason for refusing.</returns>
    public async Task<OperatorAnswer> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri(gateway.Url), Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token.GetValueAsync(cancellationToken));
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var json = await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken);
            return response.IsSuccessStatusCode
                ? new OperatorAnswer((int)response.StatusCode, json, null)
                : new OperatorAnswer((int)response.StatusCode, null, (string?)json?["error"]?["message"] ?? response.ReasonPhrase);
        }
        catch (HttpRequestException away)
        {
            return new OperatorAnswer(0, null, $"The gateway can't be reached: {away.Message}");
        }
    }
}

/// <summary>What the gateway answered.</summary>
/// <param name="Status">The HTTP status; 0: it could not be reached.</param>
/// <param name="Json">The answer, if all went well.</param>
/// <param name="Refusal">The reason for refusing, if not.</param>
internal readonly record struct OperatorAnswer(int Status, JsonNode? Json, string? Refusal);
