using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Admission;

/// <summary>What an answer says about the rate of its key.</summary>
public sealed class RateHeaderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_and_refusals_say_what_is_left_of_the_rate()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", rate: new RateLimit(1, 2)));
        foreach (
            var (status, remaining) in ((HttpStatusCode, string)[])
                [(HttpStatusCode.OK, "1"), (HttpStatusCode.OK, "0"), (HttpStatusCode.TooManyRequests, "0")]
        )
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal("2", answer.Headers.GetValues("x-ratelimit-limit").Single());
            Assert.Equal(remaining, answer.Headers.GetValues("x-ratelimit-remaining").Single());
            Assert.InRange(
                int.Parse(answer.Headers.GetValues("x-ratelimit-reset").Single(), System.Globalization.CultureInfo.InvariantCulture),
                1,
                120
            );
        }

        using var free = cluster.Client(cluster.Pricing.AddKey("bob"));
        using var unlimited = await free.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
        Assert.False(unlimited.Headers.Contains("x-ratelimit-limit"));
    }
}
