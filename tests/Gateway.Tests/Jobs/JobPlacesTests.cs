using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Items take the places that nobody else needs.</summary>
public sealed class JobPlacesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, 4)]
    [InlineData(1, 1, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(1, 9, 0)]
    [InlineData(3, 1, 10)]
    [InlineData(9, 0, 16)]
    [InlineData(0, 5, 1)]
    public async Task Each_waiting_request_takes_two_places(int nodes, int waiting, int room)
    {
        await using var cluster = await TestCluster.BuildAsync();
        Assert.Equal(room, cluster.Service<JobPlaces>().RoomFor(nodes, waiting));
    }

    [Fact]
    public async Task While_somebody_waits_no_item_starts_and_then_it_does()
    {
        await using var cluster = await TestCluster.BuildAsync();
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
