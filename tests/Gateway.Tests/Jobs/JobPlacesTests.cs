using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Items take the places that nobody else needs.</summary>
public sealed class JobPlacesTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, 0, 4)]
    [InlineData(1, 0, 9, 4)]
    [InlineData(9, 0, 0, 16)]
    [InlineData(0, 1, 0, 4)]
    [InlineData(0, 1, 1, 2)]
    [InlineData(0, 1, 9, 0)]
    [InlineData(1, 2, 3, 6)]
    [InlineData(0, 0, 5, 1)]
    public async Task Each_waiting_request_takes_two_places_of_runners_that_know_no_order(int own, int others, int waiting, int room)
    {
        var cluster = await shared.AsNewAsync("Gateway:Jobs:ItemsPerNode=4", "Gateway:Jobs:Parallel=16");
        Assert.Equal(room, cluster.Service<JobPlaces>().RoomFor(own, others, waiting));
    }

    [Fact]
    public async Task While_somebody_waits_for_a_plain_runner_no_item_starts_and_then_it_does()
    {
        await using var cluster = await TestCluster.BuildAsync(gateways: 0);
        cluster.Register(static (_, node) => node with { Kind = NodeKind.Runner });
        await cluster.AddGatewayAsync("Gateway:Jobs:ItemsPerNode=4");
        var places = cluster.Service<JobPlaces>();
        var window = cluster.Service<LiveWindow>();
        window.Began();
        window.Began();
        var taking = places.TakeAsync(Cancelled);
        Assert.False(taking.IsCompleted);
        window.Ended();
        window.Ended();
        using var place = await taking;
        Assert.Equal(1, places.Taken);
    }
}
