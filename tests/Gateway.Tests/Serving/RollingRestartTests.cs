using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>
/// Two gateways behind callers that check readiness as a load balancer does. Each gateway is replaced while captions are under way.
/// </summary>
public sealed class RollingRestartTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-restart-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task No_request_fails_while_each_gateway_gets_SIGTERM_and_restarts()
    {
        await using var pricing = new PricingHost();
        await pricing.StartAsync();
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 20);
        pricing.SetNodes(PricingHost.Node("node", node.Address));
        string key = pricing.AddKey("alice", budget: 1);
        int[] ports = [LoopbackPort.Free(), LoopbackPort.Free()];
        var gateways = new ServiceProcess[2];
        for (int i = 0; i < 2; i++)
        {
            gateways[i] = await StartAsync(pricing, i, ports[i]);
        }

        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler)
        {
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        };
        bool[] ready = new bool[] { true, true };
        var answers = new ConcurrentBag<(int Gateway, HttpStatusCode? Status)>();
        using var over = new CancellationTokenSource();
        var probes = Task.WhenAll(ports.Select((port, i) => ProbeAsync(port, value => Volatile.Write(ref ready[i], value), over.Token)));
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(worker => LoadAsync(http, ports, ready, worker, answers, over.Token)));
        try
        {
            for (int i = 0; i < 2; i++)
            {
                await Served(answers, i);
                await gateways[i].TerminateAsync();
                gateways[i].Dispose();
                gateways[i] = await StartAsync(pricing, i, ports[i]);
                await Eventually.HoldsAsync(() => Volatile.Read(ref ready[i]));
                answers.Add((i, null));
                await Served(answers, i);
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(load, probes);
            foreach (var gateway in gateways)
            {
                gateway.Dispose();
            }
        }

        var statuses = answers.Where(answer => answer.Status is not null).Select(answer => answer.Status!.Value).ToArray();
        Assert.True(statuses.Length > 100, $"{statuses.Length} requests are too few to show anything.");
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    // The gateway has answered twenty more requests since it last started.
    private static Task Served(ConcurrentBag<(int Gateway, HttpStatusCode? Status)> answers, int gateway)
    {
        int before = answers.Count(answer => answer.Gateway == gateway);
        return Eventually.HoldsAsync(() => answers.Count(answer => answer.Gateway == gateway) >= before + 20);
    }

    private Task<ServiceProcess> StartAsync(PricingHost pricing, int i, int port) =>
        ServiceProcess.StartGatewayAsync(pricing.Address, Path.Combine(_data, $"{i}"), $"g{i}", port, drain: "00:00:06");

    private static async Task ProbeAsync(int port, Action<bool> tell, CancellationToken over)
    {
        using var http = new HttpClient();
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"), CancellationToken.None);
                tell(answer.IsSuccessStatusCode);
            }
            catch (HttpRequestException)
            {
                tell(false);
            }
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static async Task LoadAsync(
        HttpClient http,
        int[] ports,
        bool[] ready,
        int worker,
        ConcurrentBag<(int, HttpStatusCode?)> answers,
        CancellationToken over
    )
    {
        for (int n = worker; !over.IsCancellationRequested; n++)
        {
            int gateway = n % 2;
            if (!Volatile.Read(ref ready[gateway]))
            {
                // Use the other one if it is ready. A load balancer without a ready gateway waits, too.
                await Task.Delay(5, CancellationToken.None);
                continue;
            }

            HttpStatusCode status;
            try
            {
                using var answer = await http.PostAsync(
                    new Uri($"http://127.0.0.1:{ports[gateway]}/image-to-text"),
                    Pictures.Form(Pictures.Png(64, 64)),
                    Cancelled
                );
                status = answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                status = 0;
            }
            answers.Add((gateway, status));
        }
    }
}
