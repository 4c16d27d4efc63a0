using System.Net;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>A pricing service known only by its name, and its API under the gateway's <c>/pricing</c>.</summary>
public sealed class PublishedPricingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pricing_service_configured_by_name_needs_no_address()
    {
        await using var cluster = await TestCluster.BuildAsync(1, 0);
        await cluster.AddGatewayAsync("Gateway:Pricing:Address=", $"services:pricing:http:0={cluster.Pricing.Address}");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.NotFound)]
    public async Task Operators_reach_its_api_where_it_is_published(bool published, HttpStatusCode status)
    {
        await using var cluster = await TestCluster.BuildAsync(1, 0);
        await cluster.AddGatewayAsync(
            "Gateway:Pricing:Address=",
            $"services:pricing:http:0={cluster.Pricing.Address}",
            $"Gateway:Pricing:Publish={published}"
        );
        using var http = cluster.Client(ServiceProcess.ServiceToken);

        using var answer = await http.GetAsync("/pricing/prices", Cancelled);

        Assert.Equal(status, answer.StatusCode);
    }
}
