using System.Net;
using System.Text.Json;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Tests.Caching;

/// <summary>Clusters whose gateways have a cache, and what their answers say about it.</summary>
internal static class CachingCluster
{
    /// <summary>Builds a cluster and waits until its gateways have reached Redis.</summary>
    public static async Task<TestCluster> BuildAsync(string redis, int nodes = 1, int gateways = 1, params string[] settings)
    {
        var cluster = await TestCluster.BuildAsync(nodes, gateways, [$"ConnectionStrings:redis={redis}", .. settings]);
        await OpenAsync(cluster);
        return cluster;
    }

    public static async Task OpenAsync(TestCluster cluster)
    {
        for (int i = 0; i < cluster.Gateways.Count; i++)
        {
            var link = cluster.Service<RedisLink>(i);
            await Eventually.HoldsAsync(() => link.IsOpen);
        }
    }

    public static async Task<CachedAnswer> CaptionAsync(
        HttpClient http,
        byte[] picture,
        string? cacheControl = null,
        params (string Name, string Value)[] fields
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(picture, fields) };
        if (cacheControl is not null)
        {
            request.Headers.Add("Cache-Control", cacheControl);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new CachedAnswer(
            answer.StatusCode,
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            answer.Header("x-cache"),
            answer.Header("x-cost-usd"),
            answer.Header("x-node"),
            answer.Header("x-model-revision")
        );
    }
}

internal sealed record CachedAnswer(HttpStatusCode Status, string Body, string? Cache, string? Cost, string? Node, string? Revision)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}
