using System.Net;
using System.Net.Http.Json;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>What a stream costs, wherever it is cut.</summary>
public sealed class StreamMoneyTests
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);
    private static readonly string Base64 = Convert.ToBase64String(Square);
    private static readonly object Part = new { type = "input_image", image_url = "data:image/png;base64," + Base64 };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string, Func<HttpContent>> Dialects =>
        new()
        {
            { "/image-to-text", static () => Pictures.Form(Square, ("stream", "true")) },
            { "/v1/chat/completions", static () => JsonContent.Create(ChatBody.Of(Square, ("stream", true))) },
            {
                "/v1/responses",
                static () => JsonContent.Create(new { stream = true, input = new[] { new { role = "user", content = new[] { Part } } } })
            },
            { "/api/generate", static () => JsonContent.Create(new { model = PricingHost.Model, images = new[] { Base64 } }) },
        };

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Of_a_hundred_streams_cut_off_after_five_pieces_a_budget_for_ten_pays_for_all_that_say_a_word(
        string path,
        Func<HttpContent> body
    )
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Text = "one two three four five six seven";
        cluster.Nodes[0].Behaviour.StallsAfter = 5;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 10 * CostOfOne));
        string[] said = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SayAsync(http, path, body())));

        Assert.Equal(10, said.Count(static words => words.Contains("five", StringComparison.Ordinal)));
        Assert.Equal(90, said.Count(static words => words.Length == 0));
        using var report = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        Assert.Equal(10 * CostOfOne, report.RootElement.GetProperty("report").GetProperty("total").GetProperty("charged_usd").GetDecimal());
        Assert.Equal(10, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_before_its_first_piece_costs_nothing()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.StallsAfter = 0;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: CostOfOne));
        using var leaving = new CancellationTokenSource();
        var asking = http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), leaving.Token);
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 0);

        // The budget for one is still there.
        cluster.Nodes[0].Behaviour.StallsAfter = null;
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("a picture", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_for_one_pays_for_a_caption_after_a_node_has_broken_its_stream()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.CutsStreams = true;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: CostOfOne));
        using var broken = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), Cancelled);
        Assert.Contains("event: error", await broken.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);

        // At once, before the ledger knows that the charge was taken back.
        cluster.Nodes[0].Behaviour.CutsStreams = false;
        cluster.Service<Registry.Network>().StatsOf("node-0").Suspension.Succeeded();
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(CostOfOne, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    /// <summary>Sends a request, reads until the fifth word, and hangs up.</summary>
    private static async Task<string> SayAsync(HttpClient http, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal(HttpStatusCode.PaymentRequired, answer.StatusCode);
            return "";
        }

        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
        string said = "";
        while (!said.Contains("five", StringComparison.Ordinal) && await reader.ReadLineAsync(Cancelled) is { } line)
        {
            said += line;
        }

        return said;
    }
}
