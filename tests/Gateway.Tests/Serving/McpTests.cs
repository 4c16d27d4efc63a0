using System.Net;
using System.Text;
using ImageToText.Gateway.Tests.StandIns;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>The gateway as a server of the Model Context Protocol.</summary>
public sealed class McpTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly string Square = "data:image/png;base64," + Convert.ToBase64String(Pictures.Png(512, 512));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task There_is_one_tool_which_says_which_addresses_it_takes()
    {
        var cluster = await shared.AsNewAsync("Gateway:RemotePictures:AllowedHosts:0=pictures.example.org");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await using var client = await ClientAsync(http);

        var tool = Assert.Single(await client.ListToolsAsync(cancellationToken: Cancelled));

        Assert.Equal("caption_image", tool.Name);
        Assert.Contains("pictures.example.org", tool.Description, StringComparison.Ordinal);
        Assert.Contains("\"url\"", tool.JsonSchema.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("path", tool.JsonSchema.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_is_captioned_as_text_and_charged_to_the_key()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await using var client = await ClientAsync(http);

        var result = await CallAsync(client, Square);
        await http.GetStringAsync("/usage", Cancelled);

        Assert.NotEqual(true, result.IsError);
        Assert.Equal("a picture", TextOf(result));
        Assert.Equal(0.000065536m, cluster.Pricing.Ledger.Values.Single().CostUsd);
    }

    [Theory]
    [InlineData("/pictures/holiday.jpg", "address")]
    [InlineData("iVBORw0KGgo=", "address")]
    [InlineData("https://elsewhere.example.org/a.png", "host")]
    [InlineData("data:image/png;base64,bm90IGEgcGljdHVyZQ==", "picture")]
    public async Task What_cannot_be_captioned_is_an_error_that_the_model_can_read(string url, string words)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await using var client = await ClientAsync(http);

        var result = await CallAsync(client, url);

        Assert.True(result.IsError);
        Assert.Contains(words, TextOf(result), StringComparison.Ordinal);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.Unauthorized)]
    [InlineData("alice", "https://evil.example.org", HttpStatusCode.Forbidden)]
    [InlineData("alice", "https://app.example.org", HttpStatusCode.OK)]
    [InlineData("alice", null, HttpStatusCode.OK)]
    public async Task A_key_is_needed_and_pages_of_other_origins_are_refused(string? name, string? origin, HttpStatusCode status)
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=https://app.example.org");
        using var http = cluster.Client(name is null ? null : cluster.Pricing.AddKey(name));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = new StringContent(
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},
                "clientInfo":{"name":"test","version":"1"}}}
                """,
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation("Origin", origin);

        using var answer = await http.SendAsync(request, Cancelled);

        Assert.Equal(status, answer.StatusCode);
    }

    private static Task<McpClient> ClientAsync(HttpClient http) =>
        McpClient.CreateAsync(
            new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = new Uri(http.BaseAddress!, "mcp"),
                    TransportMode = HttpTransportMode.StreamableHttp,
                },
                http
            ),
            cancellationToken: Cancelled
        );

    private static async Task<CallToolResult> CallAsync(McpClient client, string url) =>
        await client.CallToolAsync("caption_image", new Dictionary<string, object?> { ["url"] = url }, cancellationToken: Cancelled);

    private static string TextOf(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
}
