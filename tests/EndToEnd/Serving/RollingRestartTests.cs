using System.Collections.Concurrent;
using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.EndToEnd.Clusters;

namespace ImageToText.EndToEnd.Serving;

/// <summary>Two real nodes behind a gateway are replaced one after the other while captions are requested.</summary>
public sealed class RollingRestartTests : IDisposable
{
    private const int Callers = 4;

    private readonly string _data = Directory.CreateTempSubdirectory("end-to-end-restart-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task No_request_fails_while_each_node_gets_SIGTERM_and_restarts()
    {
        using var pricing = await ServiceProcess.StartPricingAsync($"Data Source={Path.Combine(_data, "pricing.db")}", LoopbackPort.Free());
        using var operators = CaptionCaller.Client(pricing.Address, ServiceProcess.OperatorToken);
        var nodes = new ServiceProcess[2];
        for (int i = 0; i < 2; i++)
        {
            nodes[i] = await StartAsync(pricing, i, LoopbackPort.Free());
        }
        // The node that seems slower is retried every second. Otherwise the faster one may get all the work for half a minute.
        using var gateway = await ServiceProcess.StartGatewayAsync(
            pricing.Address,
            Path.Combine(_data, "gateway"),
            "g",
            LoopbackPort.Free(),
            settings: "--Gateway:Selection:LatencyLifetime=00:00:01"
        );
        var key = await new PricingClient(operators).CreateKeyAsync(new KeySettings("alice", Budget: new Budget(Total: 1)), Cancelled);
        using var http = CaptionCaller.Client(gateway.Address, key.Secret);
        await Eventually.HoldsAsync(async () => (await http.GetAsync("/models/starter", Cancelled)).StatusCode == HttpStatusCode.OK);

        var answers = new ConcurrentBag<Answer>();
        using var over = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => LoadAsync(http, caller, answers, over.Token)));
        try
        {
            for (int i = 0; i < 2; i++)
            {
                await ServedBy(answers, i);
                int port = nodes[i].Address.Port;
                await nodes[i].TerminateAsync();
                nodes[i].Dispose();
                nodes[i] = await StartAsync(pricing, i, port);
                // The gateway gives the returned node its share again.
                await ServedBy(answers, i);
            }
        }
        finally
        {
            await over.CancelAsync();
            await load;
            foreach (var node in nodes)
            {
                node.Dispose();
            }
        }

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    private static string NodeId(int i) => $"node-{i}";

    // The node has answered five more requests since the last check.
    private static Task ServedBy(ConcurrentBag<Answer> answers, int node)
    {
        int before = Count();
        return Eventually.HoldsAsync(() => Count() >= before + 5, seconds: 60);

        int Count() => answers.Count(answer => answer.Node == NodeId(node));
    }

    // Each caller has its own pictures, because callers with the same picture share one request to one node.
    private static async Task LoadAsync(HttpClient http, int caller, ConcurrentBag<Answer> answers, CancellationToken over)
    {
        for (int n = caller; !over.IsCancellationRequested; n += Callers)
        {
            answers.Add(await CaptionCaller.CaptionAsync(http, Pictures.Png(64, 64, (byte)n), Cancelled));
        }
    }

    private Task<ServiceProcess> StartAsync(ServiceProcess pricing, int i, int port) =>
        ServiceProcess.StartInferenceAsync(pricing.Address, NodeId(i), _data, port, "--ServiceDefaults:DrainDelay=00:00:01");
}
