using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Nodes;

/// <summary>The models of a node, as the node itself reports them, and the calls that load and unload them.</summary>
internal sealed class NodeModels(Network network, IHttpClientFactory clients, TimeProvider time)
{
    /// <summary>The HTTP client for these calls.</summary>
    public const string HttpClientName = "node-models";

    /// <summary>A model of gigabytes must be read from disk and warmed up.</summary>
    public static readonly TimeSpan LoadTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Its models with their memory and, if a load failed, the reason.</summary>
    /// <exception cref="RefusalException">404, 409: no such node, or one that has nothing to report; 502: it failed.</exception>
    public Task<ServedModels> ListAsync(string nodeId, CancellationToken cancellationToken) =>
        AskAsync(nodeId, HttpMethod.Get, "models", NodeApiJson.Default.ServedModels, cancellationToken);

    /// <summary>Makes the node load a model, and waits until it is loaded.</summary>
    /// <exception cref="RefusalException">404, 409: no such node or model; 502: it failed.</exception>
    public Task<ServedModel> LoadAsync(string nodeId, string modelId, CancellationToken cancellationToken) =>
        AskAsync(nodeId, HttpMethod.Post, $"models/{EscapePath(modelId)}/load", NodeApiJson.Default.ServedModel, cancellationToken);

    /// <summary>Makes the node unload a model once its captions under way have ended.</summary>
    /// <exception cref="RefusalException">404, 409: no such node or model; 502: it failed.</exception>
    public Task<ServedModel> UnloadAsync(string nodeId, string modelId, CancellationToken cancellationToken) =>
        AskAsync(nodeId, HttpMethod.Post, $"models/{EscapePath(modelId)}/unload", NodeApiJson.Default.ServedModel, cancellationToken);

    private static string EscapePath(string id) => string.Join('/', id.Split('/').Select(Uri.EscapeDataString));

    private async Task<T> AskAsync<T>(
        string nodeId,
        HttpMethod method,
        string path,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        var node = network.View.NodeOf(nodeId) ?? throw Refusals.NodeUnknown(nodeId);
        if (node.Kind != NodeKind.Native)
        {
            throw Refusals.NodeHasNoModels(nodeId);
        }

        using var request = new HttpRequestMessage(method, new Uri(NodeAddress.WithSlash(node.Address), path));
        if (node.Token is { Length: > 0 } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var deadline = new Deadline(LoadTimeout, time, cancellationToken);
        try
        {
            using var http = clients.CreateClient(HttpClientName);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (!response.IsSuccessStatusCode)
            {
                // What the node says about the request applies to our caller too. A token that it rejects is not the caller's
                // fault.
                int status = (int)response.StatusCode is 400 or 404 or 409 or 422 or 429
                    ? (int)response.StatusCode
                    : StatusCodes.Status502BadGateway;
                throw Refusals.NodeRefused(status, nodeId, (await NodeErrorReader.ReadAsync(response.Content, deadline.Token)).Words);
            }

            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            return await JsonSerializer.DeserializeAsync(body, type, deadline.Token) ?? throw new JsonException("The node answered null.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw Refusals.NodeRefused(StatusCodes.Status502BadGateway, nodeId, null, failure);
        }
        catch (OperationCanceledException slow) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refusals.NodeRefused(
                StatusCodes.Status504GatewayTimeout,
                nodeId,
                $"The node '{nodeId}' did not answer in time: it may still be working on it.",
                slow
            );
        }
    }
}
