using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.Gateway.Tests.Operations;

public sealed class OperationsTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    // Without a listener there is no trace.
    private const string Traced = "ServiceDefaults:Telemetry=true";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/operations/live")]
    [InlineData("GET", "/operations/nodes")]
    [InlineData("PUT", "/operations/nodes/node-0/state")]
    [InlineData("POST", "/operations/nodes/node-0/models/load")]
    [InlineData("GET", "/operations/prices")]
    [InlineData("PUT", "/operations/prices")]
    [InlineData("GET", "/operations/usage")]
    [InlineData("GET", "/operations/statements/owners/page")]
    [InlineData("GET", "/operations/keys")]
    [InlineData("POST", "/operations/keys")]
    [InlineData("PUT", "/operations/keys/alice")]
    [InlineData("POST", "/operations/keys/alice/rotate")]
    [InlineData("DELETE", "/operations/keys/alice")]
    [InlineData("DELETE", "/cache")]
    public async Task Only_operators_get_in_even_when_captions_need_no_key(string method, string path)
    {
        var cluster = await shared.AsNewAsync("Gateway:Admission:Anonymous=Loopback");
        Assert.Equal((HttpStatusCode.Unauthorized, "missing_api_key"), await SendAsync(cluster.Client(), method, path));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), await SendAsync(cluster.Client("anything"), method, path));
        Assert.Equal(
            (HttpStatusCode.Forbidden, "scope_missing"),
            await SendAsync(cluster.Client(cluster.Pricing.AddKey("alice")), method, path)
        );

        // A page of another site can't act through the operator's browser, even with the key.
        var crossing = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        crossing.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal((HttpStatusCode.Forbidden, "cross_site"), await SendAsync(crossing, method, path));
    }

    [Fact]
    public async Task Statements_include_the_captions_just_delivered()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var caller = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        (await caller.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled)).EnsureSuccessStatusCode();

        string paid = await operating.GetStringAsync("/operations/statements", Cancelled);
        Assert.Contains("\"charged_usd\":0.000000016", paid, StringComparison.Ordinal);
        string earned = await operating.GetStringAsync("/operations/statements/owners", Cancelled);
        Assert.EndsWith("\"total_usd\":0.000000016}", earned, StringComparison.Ordinal);
        string csv = await operating.GetStringAsync("/operations/statements/export", Cancelled);
        Assert.Contains(",alice,starter,1,0,64,", csv, StringComparison.Ordinal);
        string page = await operating.GetStringAsync("/operations/statements/owners/page", Cancelled);
        Assert.Contains("<td>node-0</td><td>starter</td>", page, StringComparison.Ordinal);
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            await SendAsync(operating, "GET", "/operations/statements/page?month=spring")
        );
    }

    [Fact]
    public async Task A_full_disk_of_the_books_is_told_as_such()
    {
        await using var cluster = await TestCluster.BuildAsync(1, 0);
        await cluster.AddGatewayAsync(static services =>
            services.ConfigureHttpClientDefaults(static http => http.AddHttpMessageHandler(static () => new FullDiskOnDelete()))
        );
        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));

        Assert.Equal((HttpStatusCode.InsufficientStorage, "storage_full"), await SendAsync(operating, "DELETE", "/operations/keys/alice"));
    }

    [Fact]
    public async Task Live_figures_track_captions_streams_batches_and_refusals()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: Traced);
        using var caller = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        (await caller.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled)).EnsureSuccessStatusCode();
        (
            await caller.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8), ("stream", "true")), Cancelled)
        ).EnsureSuccessStatusCode();
        using var batch = new MultipartFormDataContent
        {
            { new ByteArrayContent(Pictures.Png(8, 8)), "images", "good.png" },
            { new ByteArrayContent("no picture"u8.ToArray()), "images", "bad.png" },
        };
        (await caller.PostAsync("/image-to-text/batch", batch, Cancelled)).EnsureSuccessStatusCode();
        using var unknown = await caller.PostAsync(
            "/image-to-text",
            Pictures.Form(Pictures.Png(8, 8), ("model_id", "my secret")),
            Cancelled
        );
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        // Only complete seconds are summed up, and captions and refusals may fall into different ones.
        JsonElement live = default;
        JsonElement summary = default;
        await Eventually.HoldsAsync(async () =>
        {
            live = await operating.GetFromJsonAsync<JsonElement>("/operations/live", Cancelled);
            summary = live.GetProperty("summary");
            return (summary.GetProperty("captions").GetInt32(), summary.GetProperty("refused").GetInt32()) == (3, 2);
        });
        Assert.True(summary.GetProperty("p50_ms").GetDouble() > 0);
        Assert.Equal(0, live.GetProperty("in_flight").GetInt64());
        Assert.Equal("0.000000048", summary.GetProperty("cost_usd").GetRawText());
        var node = Assert.Single(live.GetProperty("nodes").EnumerateArray());
        Assert.Equal(
            ("node-0", "open", 0),
            (node.GetProperty("node_id").GetString(), node.GetProperty("standing").GetString(), node.GetProperty("in_flight").GetInt32())
        );
        Assert.True(node.GetProperty("p50_ms").GetDouble() > 0);

        var errors = live.GetProperty("errors").EnumerateArray().ToArray();
        Assert.Equal(["model_not_found", "unsupported_image"], errors.Select(static error => error.GetProperty("code").GetString()));
        Assert.Equal(unknown.Headers.GetValues("x-request-id").Single(), errors[0].GetProperty("request_id").GetString());
        Assert.Equal(32, errors[0].GetProperty("trace_id").GetString()!.Length);
        // What a caller typed is never shown.
        Assert.DoesNotContain("my secret", live.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nodes_fault_is_shown_with_node_model_and_trace_even_if_another_delivered()
    {
        await using var cluster = await TestCluster.BuildAsync(2, settings: [Traced, "Gateway:Selection:SuspendAtFirst=00:10:00"]);
        using var caller = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        foreach (var (behaviour, _) in cluster.Nodes)
        {
            behaviour.Status = 500;
        }

        using var failed = await caller.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        var live = await operating.GetFromJsonAsync<JsonElement>("/operations/live", Cancelled);
        var errors = live.GetProperty("errors").EnumerateArray().ToArray();
        Assert.Equal(["request", "node", "node"], errors.Select(static error => error.GetProperty("kind").GetString()));
        Assert.Equal(["node-0", "node-1"], errors[1..].Select(static error => error.GetProperty("node_id").GetString()).Order());
        Assert.All(
            errors[1..],
            static error =>
                Assert.Equal(
                    (500, "node_failed", "starter"),
                    (
                        error.GetProperty("status").GetInt32(),
                        error.GetProperty("code").GetString(),
                        error.GetProperty("model_id").GetString()
                    )
                )
        );
        Assert.Single(errors.Select(static error => error.GetProperty("trace_id").GetString()).Distinct());
        Assert.Equal(errors[1].GetProperty("node_id").GetString(), errors[0].GetProperty("node_id").GetString());
        Assert.All(
            live.GetProperty("nodes").EnumerateArray(),
            static node => Assert.Equal("suspended", node.GetProperty("standing").GetString())
        );
    }

    private static async Task<(HttpStatusCode, string?)> SendAsync(HttpClient http, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await http.SendAsync(request, Cancelled);
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        return (answer.StatusCode, error.GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>The pricing service as it answers a change while its disk is full.</summary>
    private sealed class FullDiskOnDelete : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Method == HttpMethod.Delete
                ? Task.FromResult(
                    new HttpResponseMessage(HttpStatusCode.InsufficientStorage)
                    {
                        RequestMessage = request,
                        Content = JsonContent.Create(
                            new ErrorBody(new("The disk is full.", ErrorCodeTable.StorageFull.Code, "request-1")),
                            ContractsJson.Default.ErrorBody
                        ),
                    }
                )
                : base.SendAsync(request, cancellationToken);
    }
}
