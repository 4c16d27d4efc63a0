using System.Globalization;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Ledger;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Ledger;

/// <summary>Rows that one prepared statement inserts, beside those that EF Core inserts.</summary>
public sealed class LedgerRowsTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Every_value_is_stored_as_EF_Core_stores_it(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        await host
            .Services.GetRequiredService<Store>()
            .WriteAsync(
                [],
                async db =>
                {
                    await LedgerRows.InsertAsync(db, [Full("ours-full"), Bare("ours-bare")], TestContext.Current.CancellationToken);
                    db.Ledger.AddRange(Full("theirs-full"), Bare("theirs-bare"));
                    return true;
                },
                TestContext.Current.CancellationToken
            );

        var stored = await StoredAsync(host);

        Assert.Equal(stored["theirs-full"], stored["ours-full"]);
        Assert.Equal(stored["theirs-bare"], stored["ours-bare"]);
        Assert.NotEqual(stored["ours-bare"], stored["ours-full"]);
    }

    // All columns but those in which any two rows differ, as text with the type that the database gives it.
    private static async Task<Dictionary<string, string>> StoredAsync(TestPricing host)
    {
        await using var connection = await host.ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM ledger";
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Dictionary<string, string> rows = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var columns = Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) is not ("sequence" or "request_id"));
            rows[reader.GetString(reader.GetOrdinal("request_id"))] = string.Join(
                '\n',
                columns.Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{reader.GetName(i)}: {reader.GetValue(i)} ({reader.GetValue(i).GetType()})"
                    )
                )
            );
        }

        return rows;
    }

    private static LedgerRow Full(string requestId) =>
        new()
        {
            RequestId = requestId,
            KeyId = "key",
            GatewayId = "gateway",
            SliceId = "slice",
            NodeId = "node",
            ModelId = "org/model",
            ModelRevision = "r1",
            At = TestPricing.Noon.AddTicks(1_234_567),
            Day = DateOnly.FromDateTime(TestPricing.Noon.UtcDateTime),
            Pixels = 262_144,
            UsdPerPixel = 0.00000000025m,
            CostUsd = 123_456_789.123456789012345678m,
            Cache = CacheOutcome.Coalesced,
            DurationMs = 12.345,
            Tokens = 9,
            Corrects = "another",
            ChargedUsd = 1.10m,
            Account = "account",
            AgainstSlice = true,
            ReceivedAt = TestPricing.Noon,
        };

    private static LedgerRow Bare(string requestId) =>
        new()
        {
            RequestId = requestId,
            KeyId = "",
            GatewayId = "",
            ModelId = "",
        };
}
