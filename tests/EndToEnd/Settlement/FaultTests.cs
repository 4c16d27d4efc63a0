using System.Collections.Concurrent;
using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.EndToEnd.Clusters;

namespace ImageToText.EndToEnd.Settlement;

/// <summary>Every service runs in its own process and is killed with SIGKILL under load.</summary>
public sealed class FaultTests(PostgresCluster cluster) : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("end-to-end-faults-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task When_a_node_is_killed_mid_caption_every_client_gets_its_caption_from_another()
    {
        using var doomed = await ServiceProcess.StartNodeAsync(delayMs: 30_000);
        using var spare = await ServiceProcess.StartNodeAsync(delayMs: 20);
        using var pricing = await StartPricingAsync(
            await Books.Sqlite.CreateAsync(cluster, _data),
            ("doomed", doomed.Address),
            ("spare", spare.Address)
        );
        using var gateway = await StartGatewayAsync(pricing);
        using var operators = Operators(pricing);
        using var http = await ClientAsync(gateway, operators);

        var captions = Enumerable.Range(0, 40).Select(_ => CaptionCaller.CaptionAsync(http, Cancelled)).ToArray();
        await Eventually.HoldsAsync(() => captions.Count(static caption => caption.IsCompleted) >= 5);
        await doomed.KillAsync();
        var answers = await Task.WhenAll(captions);

        Assert.All(answers, static answer => Assert.Equal((HttpStatusCode.OK, "spare"), (answer.Status, answer.Node)));
        await AssertInLedgerOnceAsync(operators, answers);
    }

    [Theory]
    [InlineData(Books.Sqlite)]
    [InlineData(Books.Postgres)]
    public Task When_the_pricing_service_is_killed_no_request_fails_and_after_its_restart_nothing_is_lost_or_doubled(Books books) =>
        OutageAsync(
            books,
            ahead: 1_500,
            delivered =>
            {
                int before = delivered.Count;
                return Eventually.HoldsAsync(() => delivered.Count >= before + 500, seconds: 120);
            }
        );

    // dotnet run --project tests/EndToEnd -- -explicit only -class "*FaultTests" -showliveoutput
    [Theory(Explicit = true)]
    [InlineData(Books.Sqlite)]
    [InlineData(Books.Postgres)]
    public Task When_the_pricing_service_is_down_for_30_seconds_no_request_fails_and_nothing_is_lost_or_doubled(Books books) =>
        OutageAsync(
            books,
            ahead: 10_000,
            async delivered =>
            {
                int before = delivered.Count;
                await Task.Delay(TimeSpan.FromSeconds(30), Cancelled);
                TestContext.Current.TestOutputHelper!.WriteLine(
                    $"{books}: {delivered.Count - before} captions while the pricing service was down."
                );
            }
        );

    [Fact]
    public async Task When_a_gateway_is_killed_every_answer_it_delivered_is_in_the_ledger_after_its_restart_and_none_twice()
    {
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 5);
        using var pricing = await StartPricingAsync(await Books.Sqlite.CreateAsync(cluster, _data), ("node", node.Address));
        using var operators = Operators(pricing);
        var key = await new PricingClient(operators).CreateKeyAsync(new KeySettings("alice", Budget: new Budget(Total: 100)), Cancelled);
        var delivered = new ConcurrentBag<Answer>();
        int sent = 0;
        for (int life = 0; life < 3; life++)
        {
            using var gateway = await StartGatewayAsync(pricing);
            using var http = CaptionCaller.Client(gateway.Address, key.Secret);
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
                                    delivered.Add(await CaptionCaller.CaptionAsync(http, Cancelled));
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
            await Eventually.HoldsAsync(() => delivered.Count >= before + 200);
            await gateway.KillAsync();
            await Task.WhenAll(load);
        }

        using var last = await StartGatewayAsync(pricing);
        Assert.All(delivered, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        List<UsageRecord> records = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                records = await CaptionCaller.LedgerAsync(new PricingClient(operators), Cancelled);
                return delivered.Select(static answer => answer.RequestId).Except(records.Select(static record => record.RequestId)).Any()
                    is false;
            },
            seconds: 60
        );
        // Throws if a request appears twice.
        var ledger = records.ToDictionary(static record => record.RequestId);
        Assert.All(delivered, answer => Assert.Equal(answer.Cost, ledger[answer.RequestId].CostUsd));
        // The ledger may also hold captions that were durable but unanswered when the gateway was killed, and nothing else.
        Assert.InRange(ledger.Count, delivered.Count, sent);
    }

    [Fact]
    public async Task A_gateway_that_starts_while_the_pricing_service_is_down_uses_the_network_and_keys_it_knew()
    {
        string database = await Books.Sqlite.CreateAsync(cluster, _data);
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 5);
        using var pricing = await StartPricingAsync(database, ("node", node.Address));
        using var operators = Operators(pricing);
        var alice = await new PricingClient(operators).CreateKeyAsync(new KeySettings("alice"), Cancelled);
        var bob = await new PricingClient(operators).CreateKeyAsync(new KeySettings("bob", Budget: new Budget(Total: 1)), Cancelled);
        List<Answer> delivered = [];
        using (var first = await StartGatewayAsync(pricing))
        {
            using var one = CaptionCaller.Client(first.Address, alice.Secret);
            delivered.Add(await CaptionCaller.CaptionAsync(one, Cancelled));
            // The gateway gets to know bob's key, but holds nothing of its budget that it could go on with.
            using var other = CaptionCaller.Client(first.Address, bob.Secret);
            Assert.NotEmpty(await other.GetStringAsync("/usage", Cancelled));

            // They are stored shortly after they are first seen.
            string keys = Path.Combine(_data, "gateway", "keys.json");
            await Eventually.HoldsAsync(() =>
                File.Exists(keys) && File.ReadAllText(keys).Contains(bob.Key.KeyId, StringComparison.Ordinal)
            );
            await pricing.KillAsync();
            await first.KillAsync();
        }

        var gone = DateTimeOffset.UtcNow;
        using var second = await StartGatewayAsync(pricing, "--Gateway:Budgets:Wait=00:00:00.5");
        using var again = CaptionCaller.Client(second.Address, alice.Secret);
        for (int i = 0; i < 20; i++)
        {
            delivered.Add(await CaptionCaller.CaptionAsync(again, Cancelled));
        }

        Assert.All(delivered, static answer => Assert.Equal((HttpStatusCode.OK, CaptionCaller.CostOfSquare), (answer.Status, answer.Cost)));
        using var quote = System.Text.Json.JsonDocument.Parse(await again.GetStringAsync("/quote?width=512&height=512", Cancelled));
        Assert.True(quote.RootElement.GetProperty("as_of").GetDateTimeOffset() <= gone);
        using var limited = CaptionCaller.Client(second.Address, bob.Secret);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await CaptionCaller.CaptionAsync(limited, Cancelled)).Status);
        using var stranger = CaptionCaller.Client(second.Address, "itt_unknown");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await CaptionCaller.CaptionAsync(stranger, Cancelled)).Status);

        using var restarted = await StartPricingAsync(database, pricing.Address.Port, ("node", node.Address));
        await Eventually.HoldsAsync(async () =>
            (await CaptionCaller.CaptionAsync(limited, Cancelled)) is { Status: HttpStatusCode.OK } answer && Add(answer)
        );
        await AssertInLedgerOnceAsync(operators, delivered);

        bool Add(Answer answer)
        {
            delivered.Add(answer);
            return true;
        }
    }

    private async Task OutageAsync(Books books, int ahead, Func<ConcurrentBag<Answer>, Task> whileAway)
    {
        string database = await books.CreateAsync(cluster, _data);
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 5);
        using var first = await StartPricingAsync(database, ("node", node.Address));
        using var gateway = await StartGatewayAsync(first);
        using var operators = Operators(first);
        using var http = await ClientAsync(gateway, operators);
        var delivered = new ConcurrentBag<Answer>();
        using var enough = new CancellationTokenSource();
        var load = Enumerable
            .Range(0, 8)
            .Select(_ =>
                Task.Run(
                    async () =>
                    {
                        while (!enough.IsCancellationRequested)
                        {
                            delivered.Add(await CaptionCaller.CaptionAsync(http, Cancelled));
                        }
                    },
                    Cancelled
                )
            )
            .ToArray();

        // Early in a key's life, a gateway hasn't borrowed ahead and has nothing to continue with. The amount is in captions of this size,
        // however slow the machine is, because borrowing follows the rate.
        await Eventually.HoldsAsync(
            async () => delivered.Count >= 200 && await HeldAsync(operators) >= ahead * CaptionCaller.CostOfSquare,
            seconds: 120
        );
        await first.KillAsync();
        await whileAway(delivered);
        using var second = await StartPricingAsync(database, first.Address.Port, ("node", node.Address));
        int before = delivered.Count;
        await Eventually.HoldsAsync(() => delivered.Count >= before + 200, seconds: 120);
        await enough.CancelAsync();
        await Task.WhenAll(load);

        Assert.All(delivered, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await AssertInLedgerOnceAsync(operators, delivered);
        Assert.True((await new PricingClient(operators).GetReconciliationAsync(Cancelled)).Balanced);
    }

    private static async Task<decimal> HeldAsync(HttpClient operators) =>
        (await new PricingClient(operators).GetKeysAsync(Cancelled)).Sum(static key => key.Spend.Held);

    private static async Task AssertInLedgerOnceAsync(HttpClient operators, IReadOnlyCollection<Answer> answers)
    {
        var pricing = new PricingClient(operators);
        await Eventually.HoldsAsync(
            async () => (await pricing.GetUsageAsync(new(), Cancelled)).Total.Captions >= answers.Count,
            seconds: 60
        );
        var ledger = await CaptionCaller.LedgerAsync(pricing, Cancelled);
        Assert.Equal(answers.Select(static answer => answer.RequestId).Order(), ledger.Select(static record => record.RequestId).Order());
        Assert.Equal(answers.Sum(static answer => answer.Cost), ledger.Sum(static record => record.CostUsd));
    }

    private static Task<ServiceProcess> StartPricingAsync(string database, params (string Id, Uri Address)[] nodes) =>
        StartPricingAsync(database, LoopbackPort.Free(), nodes);

    private static Task<ServiceProcess> StartPricingAsync(string database, int port, params (string Id, Uri Address)[] nodes) =>
        ServiceProcess.StartPricingAsync(database, port, StaticNodes.Settings(64, nodes));

    private static HttpClient Operators(ServiceProcess pricing) => CaptionCaller.Client(pricing.Address, ServiceProcess.OperatorToken);

    private static async Task<HttpClient> ClientAsync(ServiceProcess gateway, HttpClient operators)
    {
        var key = await new PricingClient(operators).CreateKeyAsync(new KeySettings("alice", Budget: new Budget(Total: 100)), Cancelled);
        return CaptionCaller.Client(gateway.Address, key.Secret);
    }

    private Task<ServiceProcess> StartGatewayAsync(ServiceProcess pricing, params string[] settings) =>
        ServiceProcess.StartGatewayAsync(pricing.Address, Path.Combine(_data, "gateway"), "g", LoopbackPort.Free(), settings: settings);
}
