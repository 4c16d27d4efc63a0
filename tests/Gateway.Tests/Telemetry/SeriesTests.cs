using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Telemetry;

/// <summary>Nothing that callers make up becomes a series of /metrics: whoever sends random words can't fill its memory.</summary>
[Collection<OneGatewayAtATime>]
public sealed class SeriesTests
{
    private const int Rounds = 60;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_models_paths_and_methods_add_no_series()
    {
        await using var cluster = await TestCluster.BuildAsync(1, 1, "ServiceDefaults:Telemetry=true");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var random = new Random(1);
        // The first ones make the series that exist: each route with each outcome, and the word for methods that nobody knows.
        await SendAsync(http, random);
        await SendAsync(http, random);
        var before = await SeriesAsync(http);

        for (int round = 0; round < Rounds; round++)
        {
            await SendAsync(http, random);
        }

        string[] added = (await SeriesAsync(http)).Except(before).ToArray();

        Assert.NotEmpty(before);
        Assert.True(added.Length == 0, string.Join(Environment.NewLine, added));
    }

    private static async Task SendAsync(HttpClient http, Random random)
    {
        byte[] picture = Pictures.Png(8, 8);
        string word = "w" + random.Next(int.MaxValue).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        HttpRequestMessage[] requests =
        [
            new(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(picture, ("model_id", word)) },
            new(HttpMethod.Post, $"/models/{word}/{word}") { Content = new ByteArrayContent(picture) },
            new(HttpMethod.Post, "/api/generate") { Content = JsonContent.Create(new JsonObject { ["model"] = word }) },
            new(HttpMethod.Get, $"/v1/models/{word}"),
            new(HttpMethod.Get, $"/{word}/{word}"),
            new(HttpMethod.Get, $"/api/{word}?{word}={word}"),
            new(HttpMethod.Parse(word.ToUpperInvariant()), "/image-to-text"),
            new(HttpMethod.Parse(word.ToUpperInvariant()), $"/{word}"),
        ];
        foreach (var request in requests)
        {
            using (request)
            {
                request.Headers.TryAddWithoutValidation("User-Agent", word);
                using var answer = await http.SendAsync(request, Cancelled);
                Assert.InRange((int)answer.StatusCode, 400, 499);
            }
        }
    }

    // Names with their labels, without values. What .NET measures of itself and of its connections has its own pace.
    private static async Task<HashSet<string>> SeriesAsync(HttpClient http) =>
        (await http.GetStringAsync("/metrics", Cancelled))
            .Split('\n')
            .Where(static line =>
                line.StartsWith("http_server_", StringComparison.Ordinal) || line.StartsWith("imagetotext_", StringComparison.Ordinal)
            )
            .Select(static line => line[..(line.LastIndexOf('}') + 1)])
            .ToHashSet(StringComparer.Ordinal);
}
