using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>Which languages a model writes, and what a caller is told who expects another.</summary>
public sealed class LanguageTests
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_language_that_the_model_does_not_write_is_refused_with_those_that_it_does_and_costs_nothing()
    {
        await using var cluster = await BuildAsync("en", "fr");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("language", "de")), Cancelled);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["error"]!;

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(("invalid_parameter", "language"), ((string)error["code"]!, (string)error["param"]!));
        Assert.Contains("writes these languages: en, fr.", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
        Assert.Empty(cluster.Pricing.Ledger);
    }

    [Theory]
    [InlineData("en")]
    [InlineData(" FR-ca ")]
    public async Task A_language_that_the_model_writes_changes_nothing(string language)
    {
        await using var cluster = await BuildAsync("en", "fr");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("language", language)), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("language", cluster.Nodes[0].Behaviour.LastForm.Keys);
    }

    [Fact]
    public async Task Where_nobody_says_what_a_model_writes_no_language_can_be_expected()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("language", "en")), Cancelled);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Nothing says which languages", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_catalogue_shows_the_languages()
    {
        await using var cluster = await BuildAsync("en");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        var listed = JsonNode.Parse(await http.GetStringAsync("/models", Cancelled))!["models"]![0]!;

        Assert.Equal("""["en"]""", listed["languages"]!.ToJsonString());
    }

    private static async Task<TestCluster> BuildAsync(params string[] languages)
    {
        var cluster = await TestCluster.BuildAsync();
        cluster.Register((_, node) => node with { Models = [.. node.Models.Select(model => model with { Languages = languages })] });
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.LanguagesOf(PricingHost.Model).Count > 0);
        return cluster;
    }
}
