using System.Diagnostics;
using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Tests.Caching;

namespace ImageToText.Gateway.Tests.Admission;

/// <summary>Rate limits that several gateways share.</summary>
public sealed class SharedRateTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateways_count_together_in_Redis_and_each_on_its_own_while_it_is_away()
    {
        const int Burst = 6;
        await using var redis = await RedisProcess.StartAsync();
        await using var cluster = await CachingCluster.BuildAsync(redis.ConnectionString, gateways: 2);
        string key = cluster.Pricing.AddKey("alice", rate: new RateLimit(1, Burst));
        using var one = cluster.Client(key);
        using var two = cluster.Client(key, gateway: 1);
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => CaptionAsync(i % 2 == 0 ? one : two)));
        int admitted = answers.Count(static answer => answer.Status == HttpStatusCode.OK);
        // One more in each minute that it took.
        Assert.InRange(admitted, Burst, Burst + (int)watch.Elapsed.TotalMinutes);
        Assert.All(answers, static answer => Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests));
        Assert.Equal(Burst - 1, answers.Max(static answer => answer.Remaining));

        await redis.KillAsync();
        // What a gateway has admitted before counts; what the other has does not.
        int before = answers.Where(static (_, i) => i % 2 == 0).Count(static answer => answer.Status == HttpStatusCode.OK);
        var alone = await CaptionAsync(before <= Burst / 2 ? one : two);
        Assert.Equal(HttpStatusCode.OK, alone.Status);
        Assert.True((await CaptionAsync(before <= Burst / 2 ? two : one)).Status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests);
    }

    private static async Task<(HttpStatusCode Status, int Remaining)> CaptionAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
        return (
            answer.StatusCode,
            int.Parse(answer.Headers.GetValues("x-ratelimit-remaining").Single(), System.Globalization.CultureInfo.InvariantCulture)
        );
    }
}
