using System.Net.Sockets;
using ImageToText.Contracts.Client;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace ImageToText.PricingService.Tests.Storage;

public sealed class StoreAwayTests(PostgresCluster cluster)
{
    [Fact]
    public async Task While_the_database_is_away_the_service_stays_and_afterwards_it_goes_on()
    {
        await using var pricing = await TestPricing.StartAsync(Database.Postgres, cluster);
        await pricing.NodeAsync("node-a");

        await SwitchAsync(pricing.ConnectionString, isOn: false);
        await Assert.ThrowsAsync<PricingException>(() => pricing.Operator.GetNodesAsync());
        for (int sweep = 0; sweep < 5; sweep++)
        {
            pricing.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await SwitchAsync(pricing.ConnectionString, isOn: true);
        await Eventually.HoldsAsync(async () =>
        {
            // Its lease ends, which only a sweep can find.
            pricing.Time.Advance(TimeSpan.FromSeconds(10));
            return await NodesAsync() == 0;
        });
        Assert.False(pricing.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        async Task<int?> NodesAsync()
        {
            try
            {
                return (await pricing.Operator.GetNodesAsync()).Count;
            }
            catch (PricingException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task A_service_that_starts_while_the_database_is_away_waits_for_it()
    {
        Assert.SkipWhen(cluster.Missing is not null, cluster.Missing ?? "");
        string database = await cluster.CreateDatabaseAsync();
        var time = new FakeTimeProvider(TestPricing.Noon);
        await SwitchAsync(database, isOn: false);
        var starting = TestPricing.StartOnAsync(database, time, []);
        await SwitchAsync(database, isOn: true);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return starting.IsCompleted;
        });
        await using var pricing = await starting;
        Assert.Empty(await pricing.Operator.GetNodesAsync());
    }

    [Fact]
    public async Task Only_a_database_that_is_away_is_waited_for()
    {
        // The pauses take no time.
        var wait = new StoreWait(new Hasty(), NullLogger<StoreWait>.Instance);
        var refused = new NpgsqlException("no connection", new SocketException((int)SocketError.ConnectionRefused));
        int calls = 0;
        await wait.UntilReachedAsync(
            _ => ++calls < 3 ? throw new InvalidOperationException("as EF wraps it", refused) : Task.CompletedTask,
            default
        );
        Assert.Equal(3, calls);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            wait.UntilReachedAsync(_ => throw new InvalidOperationException("a wrong file"), default)
        );
    }

    private sealed class Hasty : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }

    private static async Task SwitchAsync(string connectionString, bool isOn)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        string name = settings.Database!;
        settings.Database = "postgres";
        await using var server = new NpgsqlConnection(settings.ConnectionString);
        await server.OpenAsync();
        await using var change = new NpgsqlCommand(
            $"""
            ALTER DATABASE {name} ALLOW_CONNECTIONS {isOn};
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'
            """,
            server
        );
        await change.ExecuteNonQueryAsync();
    }
}
