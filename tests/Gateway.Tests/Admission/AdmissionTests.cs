using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Snapshots;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Admission;

/// <summary>Who gets in, and what the gateway remembers about keys.</summary>
public sealed class AdmissionTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("X-Forwarded-For", HttpStatusCode.Unauthorized)]
    [InlineData("Forwarded", HttpStatusCode.Unauthorized)]
    public async Task A_caller_behind_a_local_proxy_does_not_count_as_local(string? header, HttpStatusCode status)
    {
        var cluster = await shared.AsNewAsync("Gateway:Admission:Anonymous=Loopback");
        using var http = cluster.Client();
        if (header is not null)
        {
            http.DefaultRequestHeaders.Add(header, header == "Forwarded" ? "for=203.0.113.7" : "203.0.113.7");
        }

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.OK)]
    [InlineData("Host", "127.0.0.1:8080", HttpStatusCode.OK)]
    [InlineData("Host", "rebound.example", HttpStatusCode.Unauthorized)]
    [InlineData("Origin", "http://elsewhere.example", HttpStatusCode.Unauthorized)]
    [InlineData("X-Forwarded-For", "203.0.113.7", HttpStatusCode.Unauthorized)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    public async Task A_local_operator_can_use_the_lent_key_and_pages_of_other_sites_cannot(
        string? header,
        string? value,
        HttpStatusCode status
    )
    {
        var cluster = await shared.AsNewAsync($"Gateway:Admission:LoopbackOperatorToken={ServiceProcess.OperatorToken}");
        using var http = cluster.Client();
        if (header is not null)
        {
            http.DefaultRequestHeaders.Add(header, value);
        }

        Assert.Equal(status, (await http.GetAsync("/operations/live", Cancelled)).StatusCode);
        if (status is not HttpStatusCode.Forbidden)
        {
            string session = await http.GetStringAsync("/operations/session", Cancelled);
            Assert.Equal(status is HttpStatusCode.OK ? """{"needs_key":false}""" : """{"needs_key":true}""", session);
        }
    }

    [Fact]
    public async Task Local_operators_need_a_key_when_none_is_lent()
    {
        var cluster = await shared.AsNewAsync("Gateway:Admission:Anonymous=Loopback");
        using var http = cluster.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/operations/live", Cancelled)).StatusCode);
        Assert.Equal("""{"needs_key":true}""", await http.GetStringAsync("/operations/session", Cancelled));
    }

    [Fact]
    public async Task Keys_known_to_an_earlier_run_are_kept_beside_the_current_ones()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var kept = cluster.Service<SnapshotFile<Dictionary<string, KeyGrant>>>();
        string earlier = ApiKey.Hash(cluster.Pricing.AddKey("alice"));
        kept.Save(new() { [earlier] = new KeyGrant("alice", "alice", null, [KeyScope.Caption], null, null, false, null, null) });
        using var http = cluster.Client(cluster.Pricing.AddKey("bob"));
        (await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled)).EnsureSuccessStatusCode();
        cluster.Service<ApiKeyCache>().Keep();
        Assert.Equal(["alice", "bob"], kept.Load()!.Value.Value.Values.Select(static grant => grant.Name).Order(StringComparer.Ordinal));
    }
}
