using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Storage;

public sealed class SnapshotTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_snapshot_does_not_see_writes_after_its_first_read_and_does_not_block_them(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var store = host.Services.GetRequiredService<Store>();
        await host.KeyAsync();
        var counts = await store.ReadSnapshotAsync(
            async db =>
            {
                int before = await db.Keys.CountAsync(TestContext.Current.CancellationToken);
                await host.KeyAsync();
                return (before, await db.Keys.CountAsync(TestContext.Current.CancellationToken));
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal((1, 1), counts);
        Assert.Equal(2, await store.ReadAsync(db => db.Keys.CountAsync(TestContext.Current.CancellationToken)));
    }
}
