using System.Net;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Idempotency;

/// <summary>
/// A gateway is killed while it works on a request with an Idempotency-Key, and the request is sent again to another.
/// </summary>
public sealed class TakeoverTests : IDisposable
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-takeover-").FullName;
    private readonly SetClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    /// <summary>Killed before the charge, the caption is charged to the second; killed after it, the second costs nothing.</summary>
    [Theory]
    [InlineData(false, "0.000065536")]
    [InlineData(true, "0")]
    public async Task The_second_gateway_waits_then_takes_over_and_the_caption_is_charged_once(bool isCharged, string cost)
    {
        await using var cluster = await TestCluster.BuildAsync(_clock);
        var node = cluster.Nodes[0].Behaviour;
        string key = cluster.Pricing.AddKey("alice", budget: isCharged ? CostOfOne : 4 * CostOfOne);
        using (var doomed = await ServiceProcess.StartGatewayAsync(cluster.Pricing.Address, _data, "doomed", LoopbackPort.Free()))
        {
            // A stream is charged before its first piece leaves.
            (node.StallsAfter, node.Holds) = isCharged ? (1, null) : ((int?)null, new TaskCompletionSource().Task);
            using var http = new HttpClient
            {
                BaseAddress = doomed.Address,
                DefaultRequestHeaders = { { "Authorization", "Bearer " + key } },
            };
            var lost = SendAsync(http);
            await Eventually.HoldsAsync(() => isCharged ? cluster.Pricing.Ledger.Count == 1 : node.Running == 1);
            await doomed.KillAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => lost);
            node.Reset();
        }

        using var other = cluster.Client(key);
        var again = SendAsync(other);
        var uploads = cluster.Service<PictureIntake>().Room;
        await Eventually.HoldsAsync(() => uploads.Held > 0);
        _clock.Ahead = TimeSpan.FromMinutes(2.9);
        Assert.Equal(0, node.Received);
        _clock.Ahead = TimeSpan.FromMinutes(3.1);
        var (status, paid, body) = await again;

        Assert.Equal((HttpStatusCode.OK, cost), (status, paid));
        Assert.Contains("a picture", body, StringComparison.Ordinal);
        Assert.Equal(1, node.Received);
        // What the first gateway had noted before it was killed goes to the ledger when it comes back.
        await cluster.AddGatewayAsync("Gateway:Id=doomed", $"Gateway:DataDirectory={_data}");
        using var back = cluster.Client(key, gateway: 1);
        foreach (var http in new[] { other, back })
        {
            await http.GetStringAsync("/usage", Cancelled);
        }

        Assert.Equal(CostOfOne, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
        // A third time, it is answered without a caption.
        Assert.Equal((status, paid), await SendAsync(back) is var third ? (third.Status, third.Cost) : default);
        Assert.Equal(1, node.Received);
    }

    private static async Task<(HttpStatusCode Status, string Cost, string Body)> SendAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text")
        {
            Content = Pictures.Form(Square, ("stream", "true")),
        };
        request.Headers.Add("Idempotency-Key", "k");
        using var answer = await http.SendAsync(request, Cancelled);
        return (answer.StatusCode, answer.Headers.GetValues("x-cost-usd").Single(), await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
