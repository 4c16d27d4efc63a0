using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ImageToText.Bench.Load;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ImageToText.Bench.Ledger;

/// <summary>The pricing service on a database of its own, asked over HTTP as gateways and operators do.</summary>
internal sealed class LedgerUnderLoad : IAsyncDisposable
{
    private const int Batch = 500;
    private const int WarmUp = 5;
    private const int Rounds = 50;
    private const long MostSettled = 10_000;
    private const int Models = 3;
    private const int Nodes = 4;

    private static readonly DateOnly Start = new(2026, 1, 1);

    private readonly WebApplication _app;
    private readonly PostgresCluster? _cluster;
    private readonly DirectoryInfo _folder;
    private readonly string _store;
    private readonly HttpClient _service;
    private readonly HttpClient _operator;
    private readonly List<string> _keys = [];
    private readonly int _days;

    private LedgerUnderLoad(WebApplication app, PostgresCluster? cluster, DirectoryInfo folder, string store, int days)
    {
        _app = app;
        _cluster = cluster;
        _folder = folder;
        _store = store;
        _days = days;
        _service = Client(ServiceProcess.ServiceToken);
        _operator = Client(ServiceProcess.OperatorToken);
    }

    /// <summary>Starts a service with some keys.</summary>
    public static async Task<LedgerUnderLoad> StartAsync(bool postgres, int keys, int days)
    {
        PostgresCluster? cluster = null;
        var folder = Directory.CreateTempSubdirectory("bench-ledger-");
        string store = $"Data Source={Path.Combine(folder.FullName, "pricing.db")}";
        if (postgres)
        {
            cluster = new PostgresCluster();
            await cluster.InitializeAsync();
            store = cluster.Missing is null ? await cluster.CreateDatabaseAsync() : throw new InvalidOperationException(cluster.Missing);
        }

        var app = PricingApp.Create(
            [
                "--urls=http://127.0.0.1:0",
                $"--Pricing:Store:ConnectionString={store}",
                $"--Pricing:Access:ServiceToken={ServiceProcess.ServiceToken}",
                $"--Pricing:Access:OperatorToken={ServiceProcess.OperatorToken}",
                "--ServiceDefaults:DrainDelay=00:00:00",
                "--ServiceDefaults:Telemetry=false",
            ],
            static builder => builder.Logging.ClearProviders()
        );
        await app.StartAsync();
        var ledger = new LedgerUnderLoad(app, cluster, folder, store, days);
        for (int i = 0; i < keys; i++)
        {
            var key = await new PricingClient(ledger._operator).CreateKeyAsync(
                new(
                    string.Create(CultureInfo.InvariantCulture, $"key {i}"),
                    Account: string.Create(CultureInfo.InvariantCulture, $"account {i / 5}")
                )
            );
            ledger._keys.Add(key.Key.KeyId);
        }

        return ledger;
    }

    /// <summary>Adds records, then asks.</summary>
    public async Task<LedgerData> MeasureAsync(long records, CancellationToken cancellationToken)
    {
        double? load = LoadAverage();
        var service = new PricingClient(_service);
        long sample = Math.Min(records / 10, MostSettled);
        // The first batches compile the code.
        await SettleAsync(service, "", 0, sample / 5, records, cancellationToken);
        var empty = await SettleAsync(service, "settlement, empty", sample / 5, sample, records, cancellationToken);
        await using (DbConnection connection = _cluster is null ? new SqliteConnection(_store) : new NpgsqlConnection(_store))
        {
            await connection.OpenAsync(cancellationToken);
            await LedgerFill.FillAsync(connection, Records(sample, records - sample, records), cancellationToken);
        }

        var full = await SettleAsync(service, "settlement, full", records - sample, records, records, cancellationToken);

        var operators = new PricingClient(_operator);
        var day = Start.AddDays(_days / 2);
        var month = new DateOnly(day.Year, day.Month, 1);
        var wholeMonth = new UsageQuery { From = month, To = month.AddMonths(1).AddDays(-1) };
        string name = month.ToString("yyyy-MM", CultureInfo.InvariantCulture);
        List<LedgerQuery> queries =
        [
            await AskAsync(
                "day, by key and model",
                () => UsageAsync(new() { From = day, To = day }, UsageDimension.Key, UsageDimension.Model)
            ),
            await AskAsync("month, by key and model", () => UsageAsync(wholeMonth, UsageDimension.Key, UsageDimension.Model)),
            await AskAsync("month, by day", () => UsageAsync(wholeMonth, UsageDimension.Day)),
            await AskAsync("month of one key, by day", () => UsageAsync(wholeMonth with { KeyId = _keys[0] }, UsageDimension.Day)),
            await AskAsync("everything, by account", () => UsageAsync(new(), UsageDimension.Account)),
            await AskAsync("earnings of a month", () => operators.GetEarningsAsync(wholeMonth, cancellationToken)),
            await AskAsync("statements of a month", () => operators.GetStatementsAsync(name, cancellationToken: cancellationToken)),
            await AskAsync("owners' month", () => operators.GetOwnerStatementsAsync(name, cancellationToken: cancellationToken)),
        ];
        return new(_cluster is null ? "SQLite" : "PostgreSQL", records, _keys.Count, _days, load, empty, full, queries);

        Task UsageAsync(UsageQuery query, params UsageDimension[] by) =>
            operators.GetUsageAsync(query with { GroupBy = by }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _service.Dispose();
        _operator.Dispose();
        await _app.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private static double? LoadAverage() =>
        OperatingSystem.IsLinux()
        && double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) is var load
        && load > Environment.ProcessorCount
            ? load
            : null;

    private static async Task<LedgerQuery> AskAsync(string name, Func<Task> ask)
    {
        List<TimeSpan> times = [];
        for (int i = -WarmUp; i < Rounds; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await ask();
            if (i >= 0)
            {
                times.Add(Stopwatch.GetElapsedTime(began));
            }
        }

        return new(name, Percentiles.Of(times)!);
    }

    // Day after day, as time goes; a batch has the captions of many keys, as a gateway's has.
    private async Task<LedgerQuery> SettleAsync(
        PricingClient service,
        string name,
        long from,
        long until,
        long all,
        CancellationToken cancellationToken
    )
    {
        List<TimeSpan> times = [];
        for (long start = from; start < until; start += Batch)
        {
            List<UsageRecord> records = [.. Records(start, Math.Min(start + Batch, until), all)];
            long began = Stopwatch.GetTimestamp();
            await service.RecordUsageAsync(new("gateway", records), cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(began));
        }

        return new($"{name} ({Batch} records)", Percentiles.Of(times)!);
    }

    private IEnumerable<UsageRecord> Records(long from, long until, long all)
    {
        for (long i = from; i < until; i++)
        {
            yield return Record(i, all);
        }
    }

    private UsageRecord Record(long i, long all)
    {
        // A number that looks random, and is the same in every run.
        uint mixed = (uint)((ulong)i * 0x9E3779B97F4A7C15 >> 32);
        var at = new DateTimeOffset(Start, TimeOnly.MinValue, TimeSpan.Zero).AddSeconds((double)i / all * _days * 86_400);
        long pixels = 100_000 + (mixed % 2_000_000);
        bool isHit = mixed % 5 == 0;
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{i:x16}-bench"),
            _keys[(int)(mixed / 7 % (uint)_keys.Count)],
            "gateway",
            null,
            isHit ? null : string.Create(CultureInfo.InvariantCulture, $"node-{mixed / 11 % Nodes}"),
            string.Create(CultureInfo.InvariantCulture, $"org/model-{mixed / 13 % Models}"),
            "r1",
            at,
            pixels,
            Price.Recommended.PricePerUnit,
            pixels * Price.Recommended.PricePerUnit,
            isHit ? CacheOutcome.Hit : CacheOutcome.Miss,
            42.5,
            12
        );
    }

    private HttpClient Client(string token)
    {
        var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()), Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
