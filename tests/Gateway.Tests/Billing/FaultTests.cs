using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>Kills real processes with SIGKILL while captions are under way.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly byte[] Square = Pictures.Png(512, 512);
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-faults-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task When_a_node_is_killed_mid_caption_every_client_gets_its_caption_from_another()
    {
        await using var pricing = new PricingHost();
        await pricing.StartAsync();
        using var doomed = await ServiceProcess.StartNodeAsync(delayMs: 30_000);
        using var spare = await ServiceProcess.StartNodeAsync(delayMs: 20);
        pricing.SetNodes(PricingHost.Node("doomed", doomed.Address), PricingHost.Node("spare", spare.Address));
        using var gateway = await ServiceProcess.StartGatewayAsync(pricing.Address, _data, "g", LoopbackPort.Free());
        using var http = Client(gateway, pricing.AddKey("alice", budget: 1));

        var captions = Enumerable.Range(0, 40).Select(_ => CaptionAsync(http)).ToArray();
        await Eventually.HoldsAsync(() => captions.Count(static caption => caption.IsCompleted) >= 5);
        await doomed.KillAsync();
        var answers = await Task.WhenAll(captions);

        Assert.All(answers, static answer => Assert.Equal((HttpStatusCode.OK, "spare"), (answer.Status, answer.Node)));
        await http.GetStringAsync("/usage", Cancelled);
        AssertInLedgerOnce(pricing, answers);
    }

    [Fact]
    public async Task When_a_gateway_is_killed_every_answer_it_delivered_is_in_the_ledger_after_its_restart_and_none_twice()
    {
        await using var pricing = new PricingHost();
        await pricing.StartAsync();
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 5);
        pricing.SetNodes(PricingHost.Node("node", node.Address));
        int port = LoopbackPort.Free();
        string key = pricing.AddKey("alice", budget: 1);
        var delivered = new ConcurrentBag<GatewayAnswer>();
        int sent = 0;
        for (int life = 0; life < 3; life++)
        {
            using var gateway = await ServiceProcess.StartGatewayAsync(pricing.Address, _data, "g", port);
            using var http = Client(gateway, key);
            int before = delivered.Count;
            var load = Enumerable
                .Range(0, 16)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            try
                            {
                                while (true)
                                {
                                    Interlocked.Increment(ref sent);
                                    delivered.Add(await CaptionAsync(http));
                                }
                            }
                            catch (HttpRequestException)
                            {
                                // The gateway was killed before it delivered this answer.
                            }
                        },
                        Cancelled
                    )
                )
                .ToArray();
            await Eventually.HoldsAsync(() => delivered.Count >= before + 200, seconds: 120);
            await gateway.KillAsync();
            await Task.WhenAll(load);
        }

        using var last = await ServiceProcess.StartGatewayAsync(pricing.Address, _data, "g", port);
        using var client = Client(last, key);
        await client.GetStringAsync("/usage", Cancelled);

        Assert.All(delivered, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var ledger = pricing.Ledger;
        Assert.All(delivered, answer => Assert.Equal(answer.Cost, ledger[answer.RequestId].CostUsd));
        // The ledger may also hold captions that were durable but unanswered when the gateway was killed, and nothing else.
        Assert.InRange(ledger.Count, delivered.Count, sent);
    }

    [Fact]
    public async Task No_request_fails_and_no_record_is_lost_or_doubled_while_pricing_is_down_under_load()
    {
        await using var pricing = new PricingHost();
        await pricing.StartAsync();
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 5);
        pricing.SetNodes(PricingHost.Node("node", node.Address));
        using var gateway = await ServiceProcess.StartGatewayAsync(pricing.Address, _data, "g", LoopbackPort.Free());
        using var http = Client(gateway, pricing.AddKey("alice", budget: 1000));
        var delivered = new ConcurrentBag<GatewayAnswer>();
        using var enough = new CancellationTokenSource();
        var load = Enumerable
            .Range(0, 8)
            .Select(_ =>
                Task.Run(
                    async () =>
                    {
                        while (!enough.IsCancellationRequested)
                        {
                            delivered.Add(await CaptionAsync(http));
                        }
                    },
                    Cancelled
                )
            )
            .ToArray();

        await Eventually.HoldsAsync(() => delivered.Count >= 300, seconds: 120);
        for (int outage = 0; outage < 2; outage++)
        {
            await pricing.StopAsync();
            int before = delivered.Count;
            await Eventually.HoldsAsync(() => delivered.Count >= before + 1000, seconds: 180);
            await pricing.StartAsync();
            before = delivered.Count;
            await Eventually.HoldsAsync(() => delivered.Count >= before + 300, seconds: 120);
        }

        await enough.CancelAsync();
        await Task.WhenAll(load);
        Assert.All(delivered, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await http.GetStringAsync("/usage", Cancelled);
        AssertInLedgerOnce(pricing, delivered);
    }

    private static void AssertInLedgerOnce(PricingHost pricing, IReadOnlyCollection<GatewayAnswer> answers)
    {
        var ledger = pricing.Ledger;
        Assert.Equal(answers.Select(static answer => answer.RequestId).Order(), ledger.Keys.Order());
        Assert.Equal(answers.Sum(static answer => answer.Cost), ledger.Values.Sum(static record => record.CostUsd));
    }

    private static HttpClient Client(ServiceProcess gateway, string key)
    {
        var http = new HttpClient { BaseAddress = gateway.Address, Timeout = TimeSpan.FromMinutes(1) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    private static async Task<GatewayAnswer> CaptionAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        return new GatewayAnswer(
            answer.StatusCode,
            answer.Headers.GetValues("x-request-id").Single(),
            answer.Headers.TryGetValues("x-node", out var node) ? node.Single() : null,
            answer.Headers.TryGetValues("x-cost-usd", out var cost) ? decimal.Parse(cost.Single(), CultureInfo.InvariantCulture) : 0
        );
    }

    private sealed record GatewayAnswer(HttpStatusCode Status, string RequestId, string? Node, decimal Cost);
}
