using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Intake;

public sealed class UploadLoadTests(ITestOutputHelper output) : IDisposable
{
    private const long Bound = 256L << 20;
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-uploads-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Twenty_concurrent_50_MB_uploads_stay_within_the_limit_and_all_admitted_ones_are_captioned()
    {
        await using var pricing = new PricingHost();
        await pricing.StartAsync();
        using var node = await ServiceProcess.StartNodeAsync(delayMs: 0, "--read-forms=false");
        pricing.SetNodes(PricingHost.Node("node", node.Address));
        using var gateway = await ServiceProcess.StartGatewayAsync(
            pricing.Address,
            _data,
            "g",
            LoopbackPort.Free(),
            settings: string.Create(CultureInfo.InvariantCulture, $"--Gateway:Intake:MaxBytesInFlight={Bound}")
        );
        // Well-behaved clients send a large body only when the server says that it will read it.
        using var patient = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(2) };
        using var http = new HttpClient(patient) { BaseAddress = gateway.Address, Timeout = TimeSpan.FromMinutes(3) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", pricing.AddKey("alice", budget: 1));
        http.DefaultRequestHeaders.ExpectContinue = true;
        using (var small = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(512, 512)), Cancelled))
        {
            small.EnsureSuccessStatusCode();
        }

        long idle = gateway.PeakMemory();
        byte[] picture = Pictures.Png(512, 512, padding: 50_000_000);
        int refused = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    while (true)
                    {
                        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(picture), Cancelled);
                        if (answer.StatusCode == HttpStatusCode.OK)
                        {
                            return;
                        }

                        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
                        Interlocked.Increment(ref refused);
                        await Task.Delay(answer.Headers.RetryAfter!.Delta!.Value, Cancelled);
                    }
                })
        );
        long peak = gateway.PeakMemory();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"idle {idle >> 20} MiB, peak {peak >> 20} MiB, bound {Bound >> 20} MiB, 20 delivered, {refused} times 429"
            )
        );
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(21, pricing.Ledger.Count);
        Assert.InRange(peak - idle, 0, Bound);
    }
}
