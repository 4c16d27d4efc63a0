using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>Several captions of one picture cost several times its price; beams cost nothing more.</summary>
public sealed class SequencePriceTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("num_beams=4", "0.000065536")]
    [InlineData("num_beams=4&num_return_sequences=4", "0.000262144")]
    [InlineData("do_sample=true&seed=1&num_return_sequences=3&stream=true", "0.000196608")]
    public async Task The_price_is_multiplied_by_the_sequences_returned(string options, string cost)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Form(options), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(cost, answer.Headers.GetValues("x-cost-usd").Single());
        await answer.Content.ReadAsStringAsync(Cancelled);
        await http.GetStringAsync("/usage", Cancelled);
        decimal charged = cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd);
        Assert.Equal(decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture), charged);
    }

    [Fact]
    public async Task N_of_a_chat_completion_costs_n_times_the_price()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var chat = ChatBody.Of(Square, ("n", 2));
        using var answer = await http.PostAsJsonAsync("/v1/chat/completions", chat, Cancelled);
        Assert.Equal("0.000131072", answer.Headers.GetValues("x-cost-usd").Single());
    }

    [Fact]
    public async Task Budget_and_cap_must_cover_all_of_them()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 2 * CostOfOne));
        using var tooMany = await http.PostAsync("/image-to-text", Form("num_beams=3&num_return_sequences=3"), Cancelled);
        Assert.Equal(HttpStatusCode.PaymentRequired, tooMany.StatusCode);
        using var tooDear = await http.PostAsync(
            "/image-to-text",
            Form("num_beams=2&num_return_sequences=2&max_price_per_pixel=4e-10"),
            Cancelled
        );
        Assert.Equal(HttpStatusCode.PaymentRequired, tooDear.StatusCode);
        Assert.Contains("0.0000000005", await tooDear.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        using var exact = await http.PostAsync(
            "/image-to-text",
            Form("num_beams=2&num_return_sequences=2&max_price_per_pixel=5e-10"),
            Cancelled
        );
        Assert.Equal(HttpStatusCode.OK, exact.StatusCode);
    }

    [Fact]
    public async Task A_quote_shows_the_factor_and_what_it_makes_of_cost_and_cap()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var quote = JsonDocument.Parse(
            await http.GetStringAsync("/quote?width=512&height=512&num_return_sequences=3&max_price_per_pixel=7e-10", Cancelled)
        );
        var offer = quote.RootElement.GetProperty("offers")[0];
        Assert.Equal("3", offer.GetProperty("factor").GetRawText());
        Assert.Equal("0.000196608", offer.GetProperty("cost_usd").GetRawText());
        Assert.False(offer.GetProperty("within_cap").GetBoolean());
        using var wrong = await http.GetAsync("/quote?width=512&height=512&num_return_sequences=0", Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    [Fact]
    public async Task A_foreign_runner_that_returns_one_is_paid_for_one()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Plain = true;
        cluster.Register(static (_, node) => node with { Kind = NodeKind.Runner });
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: CostOfOne));
        using var answer = await http.PostAsync("/image-to-text", Form("num_beams=3&num_return_sequences=3"), Cancelled);
        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
    }

    private static MultipartFormDataContent Form(string options) =>
        Pictures.Form(Square, [.. options.Split('&').Select(static option => option.Split('=')).Select(static pair => (pair[0], pair[1]))]);
}
