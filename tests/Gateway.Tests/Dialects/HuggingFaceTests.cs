using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Gateway.Tests.ErrorCodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>The parameters of transformers' former image-to-text pipeline.</summary>
public sealed class HuggingFaceTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly string Picture = Convert.ToBase64String(Pictures.Png(64, 64));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_parameter_of_the_pipeline_is_understood()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var kwargs = new JsonObject
        {
            ["max_length"] = 40,
            ["min_length"] = 5,
            ["num_beams"] = 4,
            ["num_return_sequences"] = 2,
            ["do_sample"] = false,
            ["early_stopping"] = true,
            ["length_penalty"] = 1.5,
            ["repetition_penalty"] = 1.2,
            ["no_repeat_ngram_size"] = 3,
            ["temperature"] = 1.0,
            ["top_k"] = 50,
            ["top_p"] = 1.0,
            ["typical_p"] = 1.0,
            ["epsilon_cutoff"] = 0.0,
            ["eta_cutoff"] = 0.0,
            ["num_beam_groups"] = 1,
            ["penalty_alpha"] = 0,
            ["diversity_penalty"] = 0.0,
            ["pad_token_id"] = 0,
            ["use_cache"] = true,
        };
        var parameters = new JsonObject
        {
            ["prompt"] = "a photo of",
            ["timeout"] = 30,
            ["batch_size"] = 8,
            ["num_workers"] = 1,
            ["generate_kwargs"] = kwargs,
        };
        using var answer = await PostAsync(http, parameters);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal(("40", "5", "a photo of", "4"), (form["max_length"], form["min_length"], form["prompt"], form["num_beams"]));
        Assert.DoesNotContain("typical_p", form.Keys);
    }

    [Theory]
    [InlineData("typical_p", 0.5)]
    [InlineData("num_beam_groups", 2)]
    [InlineData("max_length", 0)]
    [InlineData("min_length", -1)]
    public async Task What_cannot_be_done_is_refused_by_name(string name, double value)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var refused = await PostAsync(http, new JsonObject { [name] = value });
        var told = ToldError.Read(JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!);
        Assert.Equal((422, "invalid_parameter", name), ((int)refused.StatusCode, told.Code, told.Param));
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task A_question_reaches_a_model_that_follows_it()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 1, gateways: 0);
        cluster.Register(static (_, node) => node with { Models = [node.Models[0] with { PromptUse = PromptUse.Follows }] });
        await cluster.AddGatewayAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var body = new JsonObject { ["inputs"] = Picture, ["question"] = "What is it?" };
        using var answer = await http.PostAsync("/models/" + PricingHost.Model, JsonContent.Create(body), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("What is it?", cluster.Nodes[0].Behaviour.LastForm["prompt"]);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, JsonObject parameters) =>
        http.PostAsync(
            "/models/" + PricingHost.Model,
            JsonContent.Create(new JsonObject { ["inputs"] = Picture, ["parameters"] = parameters }),
            Cancelled
        );
}
