using System.Net;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>A gateway that restarts while the pricing service is away goes on with the slices of budgets that it held.</summary>
public sealed class SliceRestartTests : IDisposable
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-slices-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_held_is_spent_on_after_a_restart_and_the_budget_is_never_passed(bool crashes)
    {
        string first = Path.Combine(_data, "first");
        string second = Path.Combine(_data, "second");
        await using var cluster = await TestCluster.BuildAsync(gateways: 0);
        await cluster.AddGatewayAsync(Settings(first));
        string key = cluster.Pricing.AddKey("alice", budget: 10 * CostOfOne);
        using var before = cluster.Client(key);
        var journal = cluster.Service<UsageJournal>().Records;
        int delivered = 0;

        // Half of the budget is lent: five captions, of which three are in the ledger and a fourth is not.
        await DeliverAsync(before, 3);
        await Eventually.HoldsAsync(() => journal.Durable.Offset > 0 && journal.Shipped >= journal.Durable);
        await Eventually.HoldsAsync(() => File.Exists(Path.Combine(first, "keys.json")));
        await cluster.Pricing.StopAsync();
        await DeliverAsync(before, 1);
        if (crashes)
        {
            // What a killed process leaves behind is what its files hold at any moment.
            Copy(first, second);
        }

        await cluster.Gateways[0].StopAsync(Cancelled);
        if (!crashes)
        {
            Copy(first, second);
        }

        await cluster.AddGatewayAsync(Settings(second));
        using var after = cluster.Client(key, gateway: 1);
        await DeliverAsync(after, 1);
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(after));

        await cluster.Pricing.StartAsync();
        HttpStatusCode last;
        do
        {
            last = await AskAsync(after);
            delivered += last == HttpStatusCode.OK ? 1 : 0;
        } while (last is HttpStatusCode.OK or HttpStatusCode.TooManyRequests);

        Assert.Equal((HttpStatusCode.PaymentRequired, 10), (last, delivered));
        await after.GetStringAsync("/usage", Cancelled);
        Assert.Equal(10 * CostOfOne, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));

        async Task DeliverAsync(HttpClient http, int count)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await AskAsync(http));
                delivered++;
            }
        }
    }

    private static string[] Settings(string data) =>
        [
            "Gateway:Id=restarted",
            $"Gateway:DataDirectory={data}",
            // Nothing is asked for ahead of need.
            "Gateway:Budgets:Horizon=00:00:00.001",
            "Gateway:Budgets:Wait=00:00:00.200",
        ];

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        return answer.StatusCode;
    }

    private static void Copy(string from, string to)
    {
        foreach (
            string file in Directory
                .EnumerateFiles(from, "*", SearchOption.AllDirectories)
                // It is still locked.
                .Where(static file => Path.GetFileName(file) != "lock")
        )
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
