using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.ErrorCodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>What no route answers has an error in the shape of its dialect, and models can be asked for one at a time.</summary>
public sealed class UnknownPathTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "not_found", "request_id")]
    [InlineData("GET", "/image-to-text", 405, "method_not_allowed", "request_id")]
    [InlineData("PUT", "/models/a/b", 405, "method_not_allowed", "request_id")]
    [InlineData("GET", "/v1/nothing", 404, "not_found", "type")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed", "type")]
    [InlineData("POST", "/v1/embeddings", 404, "not_found", "type")]
    [InlineData("POST", "/api/embed", 404, null, "error")]
    [InlineData("GET", "/api/v1/vision/caption", 405, null, "id")]
    [InlineData("GET", "/hf-inference/models/a/b", 405, "method_not_allowed", "error_type")]
    [InlineData("POST", "/hf-inference/nothing", 404, "not_found", "error_type")]
    public async Task An_unknown_path_or_method_is_said_in_the_dialect(string method, string path, int status, string? code, string member)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = method == "POST" ? new StringContent("x") : null,
        };
        using var answer = await http.SendAsync(request, Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        var told = ToldError.Read(JsonNode.Parse(text)!);
        Assert.Equal(code, told.Code);
        Assert.Contains($"\"{member}\":", text, StringComparison.Ordinal);
        Assert.True(status != 405 || answer.Content.Headers.Allow.Count > 0, "The answer names no method.");
    }

    [Theory]
    [InlineData("tester/cats")]
    [InlineData("tester%2Fcats")]
    [InlineData("tester%2fcats")]
    public async Task A_model_is_found_by_its_id_however_the_slash_is_written(string id)
    {
        var cluster = await shared.AsNewAsync();
        await cluster.RegisterAsync((_, node) => node with { Models = [node.Models[0] with { ModelId = "tester/cats" }] });
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        Assert.Equal(
            """{"id":"tester/cats","object":"model","created":0,"owned_by":"tester"}""",
            await http.GetStringAsync(new Uri(http.BaseAddress + "v1/models/" + id), Cancelled)
        );
        using var caption = await http.PostAsync("/models/" + id, new ByteArrayContent(Pictures.Png(64, 64)), Cancelled);
        Assert.True(caption.IsSuccessStatusCode, await caption.Content.ReadAsStringAsync(Cancelled));

        using var unknown = await http.GetAsync("/v1/models/no/such", Cancelled);
        var told = ToldError.Read(JsonNode.Parse(await unknown.Content.ReadAsStringAsync(Cancelled))!);
        Assert.Equal((404, "model_not_found", "model"), ((int)unknown.StatusCode, told.Code, told.Param));
    }
}
