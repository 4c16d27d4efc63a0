using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>The gateway answers programs that know the APIs of AUTOMATIC1111's web UI, Forge and SD.Next.</summary>
public sealed class InterrogationTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly string Square = Convert.ToBase64String(Pictures.Png(512, 512));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "clip")]
    [InlineData("data:image/png;base64,", "deepdanbooru")]
    [InlineData("", PricingHost.Model)]
    [InlineData("", null)]
    public async Task A_picture_is_interrogated_whatever_the_interrogator(string before, string? model)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, "interrogate", new() { ["image"] = before + Square, ["model"] = model });

        Assert.Equal("""{"caption":"a picture"}""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
    }

    [Theory]
    [InlineData(PromptUse.Follows, "What is it?", false)]
    [InlineData(PromptUse.Continues, null, true)]
    public async Task A_question_reaches_a_model_that_answers_questions(PromptUse use, string? prompt, bool isIgnored)
    {
        var cluster = await shared.AsNewAsync();
        await cluster.RegisterAsync((_, node) => node with { Models = [.. node.Models.Select(model => model with { PromptUse = use })] });
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, "vqa", new() { ["image"] = Square, ["question"] = "What is it?" });

        Assert.Equal("""{"answer":"a picture"}""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(prompt, cluster.Nodes[0].Behaviour.LastForm.GetValueOrDefault("prompt"));
        Assert.Equal(isIgnored, answer.Headers.Contains("x-prompt"));
    }

    [Theory]
    [InlineData("""{}""", 400, "'image'")]
    [InlineData("""{"image":"bm90IGEgcGljdHVyZQ=="}""", 415, "picture")]
    [InlineData("""{"image":"AAAA","model":"no/such"}""", 415, "picture")]
    public async Task An_error_has_its_words_in_detail(string body, int status, string words)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, "interrogate", JsonNode.Parse(body)!.AsObject());
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(words, (string)told["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_of_a_model_that_is_not_offered_is_404_and_the_list_has_those_that_are()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await PostAsync(http, "interrogate", new() { ["image"] = Square, ["model"] = "no/such" });
        string list = await http.GetStringAsync("/sdapi/v1/interrogate", Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal($"[\"{PricingHost.Model}\"]", list);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string route, JsonObject body) =>
        http.PostJsonAsync("/sdapi/v1/" + route, body);
}
