using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>The gateway answers PhotoPrism as its own vision service does.</summary>
public sealed class PhotoPrismTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Id = "b3f1c0de-0000-4000-8000-000000000001";

    private static readonly string Square = "data:image/png;base64," + Convert.ToBase64String(Pictures.Png(512, 512));

    [Fact]
    public async Task A_picture_is_captioned_under_the_id_of_its_request()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, new JsonArray(Square));
        var body = await answer.ReadJsonAsync();

        Assert.Equal((Id, 200), ((string)body["id"]!, (int)body["code"]!));
        Assert.Equal((PricingHost.Model, "latest"), ((string)body["model"]!["name"]!, (string)body["model"]!["version"]!));
        Assert.Equal(
            ("a picture", 0.8),
            ((string)body["result"]!["caption"]!["text"]!, (double)body["result"]!["caption"]!["confidence"]!)
        );
        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
    }

    [Theory]
    [InlineData(new string[0], 400, "'images'")]
    [InlineData(new[] { "https://pictures.example.org/a.jpg" }, 400, "host")]
    [InlineData(new[] { "bm90IGEgcGljdHVyZQ==" }, 415, "picture")]
    [InlineData(new[] { "a", "b" }, 400, "More than one picture")]
    public async Task An_error_has_the_id_the_status_and_words(string[] images, int status, string words)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, new JsonArray([.. images.Select(static image => JsonValue.Create(image))]));
        var body = await answer.ReadJsonAsync();

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal((Id, status), ((string)body["id"]!, (int)body["code"]!));
        Assert.Contains(words, (string)body["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_of_the_body_is_read()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client();

        using var answer = await PostAsync(http, new JsonArray(Square));
        var body = await answer.ReadJsonAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal((answer.Headers.GetValues("x-request-id").Single(), 401), ((string)body["id"]!, (int)body["code"]!));
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, JsonArray images)
    {
        var body = new JsonObject
        {
            ["id"] = Id,
            ["model"] = PricingHost.Model,
            ["images"] = images,
        };
        return http.PostJsonAsync("/api/v1/vision/caption", body);
    }
}
