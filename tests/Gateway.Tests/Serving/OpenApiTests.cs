using System.Text.Json;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>The OpenAPI document is valid and describes every answer.</summary>
public sealed class OpenApiTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_valid()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client();
        Assert.Empty(ApiDocument.Errors(await http.GetStringAsync("/openapi/v1.json", Cancelled)));
    }

    [Fact]
    public async Task The_openapi_document_names_every_route_with_examples()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client();
        using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json", Cancelled));
        var paths = document.RootElement.GetProperty("paths");
        foreach (
            string? path in new[] { "/image-to-text", "/image-to-text/batch", "/quote", "/models", "/models/requests", "/usage", "/prices" }
        )
        {
            foreach (var operation in paths.GetProperty(path).EnumerateObject())
            {
                var success = operation.Value.GetProperty("responses").EnumerateObject().First();
                Assert.True(success.Value.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _), path);
                Assert.True(operation.Value.TryGetProperty("summary", out _), path);
            }
        }
    }

    [Fact]
    public async Task Every_answer_and_refusal_has_a_schema_and_an_example()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client();
        Assert.Empty(ApiDocument.Gaps(await http.GetStringAsync("/openapi/v1.json", Cancelled)));
    }

    [Fact]
    public async Task A_generated_client_captions_a_picture_and_reads_refusals()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var client = await GeneratedClient.BuildAsync(await http.GetStringAsync("/openapi/v1.json", Cancelled), Cancelled);
        string address = http.BaseAddress!.ToString().TrimEnd('/');

        string caption = await (Task<string>)client.GetMethod("CaptionAsync")!.Invoke(null, [http, address, Pictures.Png(64, 64), 3])!;
        Assert.Equal("a picture", caption);
        Assert.Equal("3", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);

        string refusal = await (Task<string>)client.GetMethod("RefusalAsync")!.Invoke(null, [http, address])!;
        Assert.Equal("404 model_not_found", refusal);
    }
}
