using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>People read answers too, in terminals and logs: a letter stands there as it is written.</summary>
public sealed class ReadableJsonTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Caption = "a dog's café & <bar>";
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/image-to-text", false)]
    [InlineData("/image-to-text", true)]
    [InlineData("/models/" + PricingHost.Model, false)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/api/generate", false)]
    [InlineData("/api/generate", true)]
    [InlineData("/sdapi/v1/interrogate", false)]
    public async Task No_answer_escapes_letters_that_JSON_allows(string path, bool isStreamed)
    {
        var cluster = await shared.AsNewAsync();
        cluster.Nodes[0].Behaviour.Text = Caption;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var content = Body(path, isStreamed);
        using var answer = await http.PostAsync(path, content, Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.DoesNotContain("\\u", body, StringComparison.Ordinal);
        Assert.All(Caption.Split(' '), word => Assert.Contains(word, body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/image-to-text")]
    [InlineData("/nowhere")]
    [InlineData("/v1/jobs'")]
    public async Task No_error_does_either(string path)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var content = Pictures.Form("it's no picture"u8.ToArray());
        using var answer = await http.PostAsync(path, content, Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.DoesNotContain("\\u", body, StringComparison.Ordinal);
    }

    private static HttpContent Body(string path, bool isStreamed)
    {
        string base64 = Convert.ToBase64String(Square);
        return path switch
        {
            "/image-to-text" => Pictures.Form(Square, ("stream", isStreamed ? "true" : "false")),
            "/v1/chat/completions" => JsonContent.Create(ChatBody.Of(base64, ("model", PricingHost.Model), ("stream", isStreamed))),
            "/api/generate" => JsonContent.Create(
                new JsonObject
                {
                    ["model"] = PricingHost.Model,
                    ["images"] = new JsonArray(base64),
                    ["stream"] = isStreamed,
                }
            ),
            "/sdapi/v1/interrogate" => JsonContent.Create(new JsonObject { ["image"] = base64 }),
            _ => new ByteArrayContent(Square),
        };
    }
}
