using System.Collections.Concurrent;
using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.EndToEnd.Clusters;
using ImageToText.Gateway;
using ImageToText.PricingService;
using Microsoft.AspNetCore.Builder;

namespace ImageToText.EndToEnd.Settlement;

/// <summary>Real gateways, pricing service and database. Only the nodes are fakes, which answer at once.</summary>
public sealed class MoneyTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("end-to-end-money-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData(Books.Sqlite, 3_000)]
    [InlineData(Books.Postgres, 10_000)]
    public async Task Eight_gateways_racing_for_a_budget_never_overspend_it_and_refuse_nothing_while_it_lasts(Books books, int captions)
    {
        const int Gateways = 8;
        int affordable = captions * 3 / 10;
        await using var cluster = await StartAsync(await books.CreateAsync(postgres, _data), Gateways);
        using var operatorHttp = CaptionCaller.Client(cluster.Pricing, ServiceProcess.OperatorToken);
        var operators = new PricingClient(operatorHttp);
        var key = await operators.CreateKeyAsync(
            new KeySettings("alice", Budget: new Budget(Total: affordable * CaptionCaller.CostOfSquare)),
            Cancelled
        );

        var clients = cluster.Gateways.ConvertAll(gateway => CaptionCaller.Client(gateway, key.Secret));
        var answers = new ConcurrentBag<Answer>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, captions),
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancelled },
            async (i, cancellationToken) => answers.Add(await CaptionCaller.CaptionAsync(clients[i % Gateways], cancellationToken))
        );
        foreach (var client in clients)
        {
            // It answers once every delivered caption is in the ledger.
            await client.GetStringAsync("/usage", Cancelled);
            client.Dispose();
        }

        var delivered = answers.Where(static answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(
            [(HttpStatusCode.OK, affordable), (HttpStatusCode.PaymentRequired, captions - affordable)],
            answers.CountBy(static answer => answer.Status).OrderBy(static pair => pair.Key).Select(static pair => (pair.Key, pair.Value))
        );
        var ledger = await CaptionCaller.LedgerAsync(operators, Cancelled);
        Assert.Equal(delivered.Select(static answer => answer.RequestId).Order(), ledger.Select(static record => record.RequestId).Order());
        Assert.Equal(delivered.Sum(static answer => answer.Cost), ledger.Sum(static record => record.CostUsd));
        var report = await operators.GetUsageAsync(new() { KeyId = key.Key.KeyId }, Cancelled);
        Assert.Equal(delivered.Sum(static answer => answer.Cost), report.Total.CostUsd);
        Assert.Equal(affordable * CaptionCaller.CostOfSquare, report.Total.CostUsd);
    }

    [Theory]
    [InlineData(Books.Sqlite)]
    [InlineData(Books.Postgres)]
    public async Task A_picture_of_512_by_512_costs_the_same_in_the_header_in_usage_and_in_the_ledger(Books books)
    {
        await using var cluster = await StartAsync(await books.CreateAsync(postgres, _data), gateways: 1);
        using var operatorHttp = CaptionCaller.Client(cluster.Pricing, ServiceProcess.OperatorToken);
        var operators = new PricingClient(operatorHttp);
        var key = await operators.CreateKeyAsync(new KeySettings("alice"), Cancelled);
        using var http = CaptionCaller.Client(cluster.Gateways[0], key.Secret);

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(CaptionCaller.Square), Cancelled);
        Assert.Equal("0.000065536", answer.Headers.GetValues("x-cost-usd").Single());
        using var usage = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/usage", Cancelled));
        Assert.Equal("0.000065536", usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("cost_usd").ToString());
        var record = Assert.Single(await CaptionCaller.LedgerAsync(operators, Cancelled));
        Assert.Equal(CaptionCaller.CostOfSquare, record.CostUsd);
        using var csv = new MemoryStream();
        await operators.ExportUsageAsync(new(), csv, Cancelled);
        Assert.Contains(",0.000065536,", System.Text.Encoding.UTF8.GetString(csv.ToArray()), StringComparison.Ordinal);
    }

    private async Task<MoneyCluster> StartAsync(string database, int gateways)
    {
        var cluster = new MoneyCluster();
        var nodes = new List<(string, Uri)>();
        for (int i = 0; i < 2; i++)
        {
            nodes.Add(($"node-{i}", await cluster.StartAsync(FakeNodeApp.Create(["--urls=http://127.0.0.1:0"], out _))));
        }

        string[] common =
        [
            "--urls=http://127.0.0.1:0",
            "--ServiceDefaults:Telemetry=false",
            "--ServiceDefaults:DrainDelay=00:00:00",
            "--Logging:LogLevel:Default=None",
        ];
        cluster.Pricing = await cluster.StartAsync(
            PricingApp.Create([
                .. common,
                $"--Pricing:Store:ConnectionString={database}",
                $"--Pricing:Access:ServiceToken={ServiceProcess.ServiceToken}",
                $"--Pricing:Access:OperatorToken={ServiceProcess.OperatorToken}",
                .. StaticNodes.Settings(10_000, [.. nodes]),
            ])
        );
        for (int i = 0; i < gateways; i++)
        {
            var gateway = GatewayApp.Create([
                .. common,
                $"--Gateway:Id=gateway-{i}",
                $"--Gateway:DataDirectory={Path.Combine(_data, $"gateway-{i}")}",
                $"--Gateway:Pricing:Address={cluster.Pricing}",
                $"--Gateway:Pricing:Token={ServiceProcess.ServiceToken}",
            ]);
            cluster.Gateways.Add(await cluster.StartAsync(gateway));
            await gateway.WaitForNodeAsync(nodes[0].Item2, Cancelled);
        }

        return cluster;
    }

    private sealed class MoneyCluster : IAsyncDisposable
    {
        private readonly Stack<WebApplication> _apps = [];

        public Uri Pricing { get; set; } = null!;

        public List<Uri> Gateways { get; } = [];

        public async Task<Uri> StartAsync(WebApplication app)
        {
            await app.StartAsync(Cancelled);
            _apps.Push(app);
            return new Uri(app.Urls.First());
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var app in _apps)
            {
                await app.StopAsync();
                await app.DisposeAsync();
            }
        }
    }
}
