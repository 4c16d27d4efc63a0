using System.Globalization;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Gateways that share their jobs in PostgreSQL, and nothing else.</summary>
public sealed class SharedJobsTests(PostgresCluster postgres)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_gateway_leaves_undone_another_does_with_one_result_and_one_charge_each()
    {
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        string[] settings = ["ConnectionStrings:jobs=" + await postgres.CreateDatabaseAsync()];
        await using var cluster = await TestCluster.BuildAsync(nodes: 1, gateways: 2, settings);
        string key = cluster.Pricing.AddKey("alice");
        using var first = cluster.Client(key);
        using var second = cluster.Client(key, gateway: 1);
        string id = (string)(await Library.RunAsync(first, Library.Lines(150)))["id"]!;
        await Library.UntilAsync(second, id, static batch => (int)batch["request_counts"]!["completed"]! > 20);

        // It hands back what it has begun.
        await cluster.Gateways[0].StopAsync(Cancelled);

        var ended = await Library.EndAsync(second, id);
        Assert.Equal("""{"total":150,"completed":150,"failed":0}""", ended["request_counts"]!.ToJsonString());
        var lines = await Library.LinesOfAsync(second, ended["output_file_id"]);
        Assert.Equal(
            Enumerable.Range(0, 150).Select(static i => string.Create(CultureInfo.InvariantCulture, $"p{i}")),
            lines.Select(static line => (string)line["custom_id"]!)
        );
        await second.GetStringAsync("/usage", Cancelled);
        // What the first one has not sent to the ledger when it ends, it sends when it starts again.
        string data = cluster.Gateways[0].Configuration["Gateway:DataDirectory"]!;
        await cluster.Gateways[0].DisposeAsync();
        await cluster.AddGatewayAsync([.. settings, "Gateway:Id=gateway-0", "Gateway:DataDirectory=" + data]);
        await Eventually.HoldsAsync(() => cluster.Pricing.Ledger.Count >= 150);
        Assert.Equal(lines.Select(static line => (string)line["response"]!["request_id"]!).Order(), cluster.Pricing.Ledger.Keys.Order());
    }

    [Fact]
    public async Task What_gateways_do_at_once_does_not_take_the_same_room_or_part_a_job_from_its_file()
    {
        const int tries = 8;
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        var options = Options.Create(new JobOptions { ConnectionString = await postgres.CreateDatabaseAsync(), MaxBytesPerKey = 1500 });
        using var store = new JobStore(options, null!, new ConfigurationBuilder().Build());
        var shelf = new FileShelf(store, new DatabaseBytes(store, TimeProvider.System));
        var quota = new FileQuota(store, options);
        await store.OpenAsync(Cancelled);

        var added = await Task.WhenAll(
            Enumerable
                .Range(0, tries)
                .Select(async i => await Record.ExceptionAsync(() => quota.AddAsync(Library.FileOf($"room-{i}", "alice"), Cancelled)))
        );
        Assert.Single(added, static failure => failure is null);
        Assert.Equal(tries - 1, added.OfType<RefusalException>().Count(static refused => refused.Refusal.Code == "storage_quota"));

        var book = new JobBook(store);
        for (int i = 0; i < tries; i++)
        {
            string file = $"held-{i}";
            await shelf.AddAsync(Library.FileOf(file, "bob"), Cancelled);
            var starting = book.AddAsync(JobOf($"job_{i}", file), Cancelled);
            bool isRemoved = await shelf.RemoveUnneededAsync(file, Cancelled);
            // One of them came first, and the other one saw it.
            Assert.NotEqual(await starting, isRemoved);
        }
    }

    private static Job JobOf(string id, string file) =>
        new()
        {
            JobId = id,
            KeyId = "bob",
            Endpoint = Library.Path,
            InputFileId = file,
            CompletionWindow = "24h",
            State = JobState.Validating,
            Total = 1,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds(),
        };
}
