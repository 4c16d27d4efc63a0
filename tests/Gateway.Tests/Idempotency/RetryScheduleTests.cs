using System.Globalization;
using System.Net;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Idempotency;

/// <summary>
/// Random schedules of callers who send a request again and again under its key, at two gateways, at the same time, and hang up in the
/// middle. The real ledger must hold one charge for each request that was delivered in the end, and nothing else.
/// </summary>
public sealed class RetryScheduleTests
{
    private const int Schedules = 150;
    private const decimal UsdPerPixel = 0.00000000025m;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_ledger_is_the_sum_of_what_was_delivered_whatever_is_cut_off_repeated_or_racing()
    {
        await using var cluster = await TestCluster.BuildAsync(gateways: 2);
        var callers = Enumerable.Range(0, Schedules).Select(seed => Caller.Create(cluster, seed)).ToArray();
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled };
        await Parallel.ForEachAsync(callers, atOnce, static (caller, _) => new ValueTask(caller.RunAsync()));

        foreach (var caller in callers)
        {
            await caller.ShipAsync();
        }

        var charged = cluster.Pricing.Ledger.Values.ToLookup(static record => record.KeyId, static record => record.CostUsd);
        Assert.Equal(callers.Sum(static caller => caller.Delivered), charged.Sum(static costs => costs.Sum()));
        Assert.All(callers, static caller => Assert.InRange(caller.Delivered, 0, caller.Budget));
        // Each kind of end came up.
        Assert.Contains(callers, static caller => caller.Delivered == 0);
        Assert.Contains(callers, static caller => caller.Delivered == caller.Budget);
        foreach (var caller in callers)
        {
            caller.Dispose();
        }
    }

    private sealed record Asked(string Name, int Side, int Sequences, bool IsStreamed)
    {
        public decimal Cost => Side * Side * UsdPerPixel * Sequences;
    }

    /// <summary>The holder of one key, with two requests to make.</summary>
    private sealed class Caller(HttpClient[] gateways, Asked[] requests, decimal budget, Random random) : IDisposable
    {
        public decimal Budget => budget;

        /// <summary>USD: what the requests cost that were delivered in the end.</summary>
        public decimal Delivered { get; private set; }

        public static Caller Create(TestCluster cluster, int seed)
        {
            var random = new Random(seed);
            var requests = new[] { "a", "b" }
                .Select((name, index) => new Asked(name, 32 + (2 * seed) + index, random.Next(1, 4), random.Next(2) == 0))
                .ToArray();
            decimal budget = random.Next(3) switch
            {
                0 => requests.Min(static request => request.Cost) - UsdPerPixel,
                1 => requests.Max(static request => request.Cost),
                _ => requests.Sum(static request => request.Cost),
            };
            string key = cluster.Pricing.AddKey(string.Create(CultureInfo.InvariantCulture, $"key-{seed}"), budget);
            return new([cluster.Client(key), cluster.Client(key, gateway: 1)], requests, budget, random);
        }

        public async Task RunAsync()
        {
            var tries = Enumerable.Range(0, random.Next(2, 7)).Select(_ => (Any(requests), Any(gateways), random.Next(3))).ToArray();
            await Task.WhenAll(tries.Select(static one => TryAsync(one.Item1, one.Item2, one.Item3)));
            foreach (var request in requests)
            {
                Delivered += await EndAsync(request) ? request.Cost : 0;
            }
        }

        // A gateway answers with what the ledger has, once that has all of the gateway's records.
        public async Task ShipAsync()
        {
            foreach (var gateway in gateways)
            {
                await gateway.GetStringAsync("/usage", Cancelled);
            }
        }

        public void Dispose()
        {
            foreach (var gateway in gateways)
            {
                gateway.Dispose();
            }
        }

        // Hangs up at once, after the headers, or not at all.
        private static async Task TryAsync(Asked request, HttpClient gateway, int patience)
        {
            using var hangingUp = new CancellationTokenSource();
            try
            {
                var sending = SendAsync(request, gateway, hangingUp.Token);
                if (patience == 0)
                {
                    await Task.Yield();
                    await hangingUp.CancelAsync();
                }

                using var answer = await sending;
                if (patience == 2)
                {
                    await answer.Content.ReadAsByteArrayAsync(Cancelled);
                }
            }
            catch (OperationCanceledException) when (hangingUp.IsCancellationRequested)
            {
                // It hung up.
            }
        }

        /// <summary>Sends a request until it is delivered or its cost is refused.</summary>
        private async Task<bool> EndAsync(Asked request)
        {
            while (true)
            {
                using var answer = await SendAsync(request, Any(gateways), Cancelled);
                string body = await answer.Content.ReadAsStringAsync(Cancelled);
                switch (answer.StatusCode)
                {
                    case HttpStatusCode.OK:
                        Assert.Contains("a picture", body, StringComparison.Ordinal);
                        return true;
                    case HttpStatusCode.PaymentRequired:
                        return false;
                    default:
                        // What others have under way is set aside, so the budget may yet cover this one.
                        Assert.True(answer.StatusCode == HttpStatusCode.TooManyRequests, body);
                        break;
                }
            }
        }

        private static async Task<HttpResponseMessage> SendAsync(Asked request, HttpClient gateway, CancellationToken cancellationToken)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/image-to-text")
            {
                Content = Pictures.Form(
                    Pictures.Png(request.Side, request.Side),
                    ("num_beams", "3"),
                    ("num_return_sequences", request.Sequences.ToString(CultureInfo.InvariantCulture)),
                    ("stream", request.IsStreamed ? "true" : "false")
                ),
            };
            message.Headers.Add("Idempotency-Key", request.Name);
            return await gateway.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }

        private T Any<T>(T[] values) => values[random.Next(values.Length)];
    }
}
