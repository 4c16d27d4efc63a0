using System.Net;
using System.Text.Json;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Http;

namespace ImageToText.Gateway.Tests.Idempotency;

/// <summary>Requests that are sent again with the same Idempotency-Key.</summary>
public sealed class IdempotencyTests
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("do_sample=true")]
    [InlineData("stream=true")]
    [InlineData("details=true")]
    public async Task The_same_request_gets_the_same_answer_and_one_charge_at_every_gateway(string option)
    {
        await using var cluster = await TestCluster.BuildAsync(gateways: 2);
        string key = cluster.Pricing.AddKey("alice", budget: CostOfOne);
        using var one = cluster.Client(key);
        using var other = cluster.Client(key, gateway: 1);
        var first = await AskAsync(one, "k", option);
        cluster.Nodes[0].Behaviour.Text = "something else";
        var second = await AskAsync(other, "k", option);
        Assert.Equal((HttpStatusCode.OK, "0.000065536"), (second.Status, second.Cost));
        // A stream that is sent again comes as one event.
        Assert.Contains("a picture", second.Body, StringComparison.Ordinal);
        Assert.True(option == "stream=true" || first.Body == second.Body, second.Body);
        Assert.Equal((false, true), (first.IsReplay, second.IsReplay));
        Assert.Equal(1, cluster.Nodes[0].Behaviour.Received);
        await AssertChargedAsync(cluster, [one, other], CostOfOne);
    }

    [Fact]
    public async Task A_twin_that_comes_while_the_first_is_under_way_waits_for_it()
    {
        await using var cluster = await TestCluster.BuildAsync(gateways: 2);
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        string key = cluster.Pricing.AddKey("alice", budget: CostOfOne);
        HttpClient[] clients = [cluster.Client(key), cluster.Client(key, gateway: 1)];
        var asking = Enumerable.Range(0, 6).Select(i => AskAsync(clients[i % 2], "k")).ToList();
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 1);
        held.SetResult();
        var answers = await Task.WhenAll(asking);
        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(static answer => answer.Body).Distinct());
        Assert.Equal(1, cluster.Nodes[0].Behaviour.Received);
        await AssertChargedAsync(cluster, clients, CostOfOne);
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var bob = cluster.Client(cluster.Pricing.AddKey("bob"));
        await AskAsync(http, "k");
        var refused = await AskAsync(http, "k", "num_beams=2");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("idempotency_key_reused", refused.Body, StringComparison.Ordinal);
        // Another caller's keys are another's.
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(bob, "k", "num_beams=2")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(http, new string('k', 256))).Status);
    }

    [Fact]
    public async Task Under_no_store_the_caption_is_made_again_with_the_same_seed_for_nothing()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: CostOfOne));
        http.DefaultRequestHeaders.Add("Cache-Control", "no-store");
        Assert.Equal("0.000065536", (await AskAsync(http, "k", "do_sample=true")).Cost);
        string seed = cluster.Nodes[0].Behaviour.LastForm["seed"];
        Assert.Equal("0", (await AskAsync(http, "k", "do_sample=true")).Cost);
        Assert.Equal(seed, cluster.Nodes[0].Behaviour.LastForm["seed"]);
        Assert.Equal(2, cluster.Nodes[0].Behaviour.Received);
        await AssertChargedAsync(cluster, [http], CostOfOne);
    }

    [Fact]
    public async Task What_failed_may_be_sent_again_and_what_was_cut_off_is_made_again_for_nothing()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: CostOfOne));
        cluster.Nodes[0].Behaviour.Status = StatusCodes.Status429TooManyRequests;
        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync(http, "k", "stream=true")).Status);
        cluster.Nodes[0].Behaviour.Status = StatusCodes.Status200OK;
        cluster.Nodes[0].Behaviour.StallsAfter = 1;
        await Eventually.HoldsAsync(async () =>
        {
            using var request = Request("k", "stream=true");
            using var cut = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            return cut.StatusCode == HttpStatusCode.OK;
        });
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 0);

        cluster.Nodes[0].Behaviour.StallsAfter = null;
        var again = await AskAsync(http, "k", "stream=true");
        Assert.Equal((HttpStatusCode.OK, "0"), (again.Status, again.Cost));
        Assert.Contains("a picture", again.Body, StringComparison.Ordinal);
        await AssertChargedAsync(cluster, [http], CostOfOne);
    }

    [Fact]
    public async Task Each_picture_of_a_batch_is_answered_and_charged_once()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 2 * CostOfOne));
        for (int i = 0; i < 2; i++)
        {
            using var form = new MultipartFormDataContent
            {
                { new ByteArrayContent(Square), "images", "a.png" },
                { new ByteArrayContent(Pictures.Png(512, 512, 1)), "images", "b.png" },
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text/batch") { Content = form };
            request.Headers.Add("Idempotency-Key", "k");
            using var answer = await http.SendAsync(request, Cancelled);
            Assert.Equal("0.000131072", answer.Headers.GetValues("x-cost-usd").Single());
        }

        Assert.Equal(2, cluster.Nodes[0].Behaviour.Received);
        await AssertChargedAsync(cluster, [http], 2 * CostOfOne);
    }

    [Fact]
    public async Task Without_the_pricing_service_a_key_cannot_be_honoured_and_is_refused()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await AskAsync(http, "k");
        await cluster.Pricing.StopAsync();
        var refused = await AskAsync(http, "k");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Contains("idempotency_unavailable", refused.Body, StringComparison.Ordinal);
        await cluster.Pricing.StartAsync();
    }

    private static async Task AssertChargedAsync(TestCluster cluster, IEnumerable<HttpClient> clients, decimal cost)
    {
        foreach (var http in clients)
        {
            using var usage = JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        }

        Assert.Equal(cost, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    private static HttpRequestMessage Request(string key, string? option = null)
    {
        (string, string)[] fields = option is null ? [] : [(option.Split('=')[0], option.Split('=')[1])];
        var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(Square, fields) };
        request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    private static async Task<Answer> AskAsync(HttpClient http, string key, string? option = null)
    {
        using var request = Request(key, option);
        using var answer = await http.SendAsync(request, Cancelled);
        return new Answer(
            answer.StatusCode,
            await answer.Content.ReadAsStringAsync(Cancelled),
            answer.Headers.TryGetValues("x-cost-usd", out var cost) ? cost.Single() : null,
            answer.Headers.Contains("idempotent-replayed")
        );
    }

    private sealed record Answer(HttpStatusCode Status, string Body, string? Cost, bool IsReplay);
}
