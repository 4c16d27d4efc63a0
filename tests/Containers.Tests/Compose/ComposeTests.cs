using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;

[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace ImageToText.Containers.Tests.Compose;

public sealed class ComposeTests(GatewayImage gateway, PricingImage pricing, InferenceImage inference, PostgresCluster postgres)
    : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("imagetotext-compose-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task The_published_services_caption_a_picture_with_the_compose_files_variables()
    {
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        await using var services = new ComposedServices(
            new ComposeFile(Path.Combine(Repository.Root, "deploy/compose/docker-compose.yaml")),
            _scratch
        );
        await services.StartStoresAsync(postgres);
        using var books = Client(await services.StartAsync("pricing", pricing, "/health"), ComposedServices.Environment["OPERATOR_TOKEN"]);
        var node = await services.StartAsync("inference", inference, "/ready");
        var address = await services.StartAsync("gateway", gateway, "/health");
        var operators = new PricingClient(books);

        // The node has registered with the price from .env, and turns direct callers away.
        await Eventually.HoldsAsync(async () => (await operators.GetNodesAsync(Cancelled)).Count == 1);
        var registered = Assert.Single(await operators.GetNodesAsync(Cancelled));
        Assert.Equal(node.Port, registered.Address.Port);
        Assert.Equal(3e-10m, Assert.Single(registered.Models).UsdPerPixel);
        using (var stranger = new HttpClient { BaseAddress = node })
        using (var refused = await stranger.PostAsync("/image-to-text", Form(), Cancelled))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        var key = await operators.CreateKeyAsync(new KeySettings("alice", Budget: new Budget(Total: 1)), Cancelled);
        using var http = Client(address, key.Secret);
        await Eventually.HoldsAsync(async () => (await http.GetAsync("/models/starter", Cancelled)).StatusCode == HttpStatusCode.OK);
        Assert.Equal("miss", await CaptionAsync(http));
        int captions = 1;
        // If the machine stalls beyond the Redis timeout, another caption is made.
        await Eventually.HoldsAsync(async () =>
        {
            captions++;
            return await CaptionAsync(http) == "hit";
        });

        // All captions reach PostgreSQL, and spans of all three services reach the dashboard.
        await Eventually.HoldsAsync(async () => (await operators.GetUsageAsync(new(), Cancelled)).Total.Captions == captions);
        await Eventually.HoldsAsync(() => services.Dashboard!.Spans.Select(span => span.Service).Distinct().Count() == 3);
        Assert.Equal(
            ["gateway", "inference", "pricing"],
            services.Dashboard!.Spans.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal)
        );
    }

    /// <returns>The cache's part in the answer.</returns>
    private static async Task<string> CaptionAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Form(), Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
        Assert.NotEmpty((string)JsonNode.Parse(body)!["text"]!);
        return answer.Headers.GetValues("x-cache").Single();
    }

    private static HttpClient Client(Uri address, string token) =>
        new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private static MultipartFormDataContent Form() =>
        new() { { new ByteArrayContent(File.ReadAllBytes(Path.Combine(Repository.Root, "samples/cat.png"))), "image", "cat.png" } };
}
