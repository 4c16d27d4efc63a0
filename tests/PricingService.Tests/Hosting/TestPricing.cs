using System.Data.Common;
using System.Net.Http.Headers;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Storage;
using ImageToText.ServiceDefaults.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.PricingService.Tests.Hosting;

/// <summary>The database that holds the ledger.</summary>
public enum Database
{
    Sqlite,
    Postgres,
}

/// <summary>The real pricing service on its own port. Its clock stands still until a test moves it.</summary>
internal sealed class TestPricing : IAsyncDisposable
{
    public const string ServiceToken = "service-token-of-the-tests";
    public const string OperatorToken = "operator-token-of-the-tests";

    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    private readonly WebApplication _app;
    private readonly List<HttpClient> _clients = [];
    private readonly string? _file;

    private TestPricing(WebApplication app, FakeTimeProvider time, string connectionString, string? file)
    {
        _app = app;
        Time = time;
        ConnectionString = connectionString;
        _file = file;
    }

    public FakeTimeProvider Time { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address => new(_app.Urls.First());

    /// <summary>The service as gateways and nodes see it.</summary>
    public PricingClient Service => Client(ServiceToken);

    /// <summary>The service as its operator sees it.</summary>
    public PricingClient Operator => Client(OperatorToken);

    public static Task<TestPricing> StartAsync(params IEnumerable<string> settings) => StartOnAsync(null, new(Noon), settings);

    /// <summary>Starts on a new SQLite file, or on <paramref name="connectionString"/>.</summary>
    public static async Task<TestPricing> StartOnAsync(string? connectionString, FakeTimeProvider time, IEnumerable<string> settings)
    {
        string? file = connectionString is null ? Path.Combine(Path.GetTempPath(), $"imagetotext-pricing-{Guid.NewGuid():N}.db") : null;
        connectionString ??= $"Data Source={file}";
        var app = PricingApp.Create(
            [
                "--urls=http://127.0.0.1:0",
                $"--Pricing:Store:ConnectionString={connectionString}",
                $"--Pricing:Access:ServiceToken={ServiceToken}",
                $"--Pricing:Access:OperatorToken={OperatorToken}",
                "--ServiceDefaults:DrainDelay=00:00:00",
                "--ServiceDefaults:Telemetry=false",
                .. settings,
            ],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton<TimeProvider>(time);
            }
        );
        await app.StartAsync();
        return new(app, time, connectionString, file);
    }

    /// <summary>Starts on the given database. Skips the test if its server isn't installed.</summary>
    public static Task<TestPricing> StartAsync(Database database, PostgresCluster cluster, params IEnumerable<string> settings) =>
        StartAsync(database, cluster, Noon, settings);

    /// <summary>The same at another time. A jump of a day costs tens of thousands of rounds; a start before midnight, few.</summary>
    public static async Task<TestPricing> StartAsync(
        Database database,
        PostgresCluster cluster,
        DateTimeOffset at,
        params IEnumerable<string> settings
    )
    {
        Assert.SkipWhen(database == Database.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        return await StartOnAsync(database == Database.Postgres ? await cluster.CreateDatabaseAsync() : null, new(at), settings);
    }

    public PricingClient Client(string token) => new(Http(token));

    public HttpClient Http(string token)
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(http);
        return http;
    }

    /// <summary>A key with this budget.</summary>
    public async Task<CreatedKey> KeyAsync(Budget? budget = null) => await Operator.CreateKeyAsync(new("a key", Budget: budget));

    public Task<NodeLease> NodeAsync(string nodeId, params NodeModel[] models) =>
        Service.RegisterNodeAsync(nodeId, new(new($"http://{nodeId}:9000"), NodeKind.Native, "1", null, models));

    /// <summary>An open connection of its own to the service's database.</summary>
    public async Task<DbConnection> ConnectAsync()
    {
        DbConnection connection = ConnectionString.StartsWith("Data Source", StringComparison.Ordinal)
            ? new SqliteConnection(ConnectionString)
            : new Npgsql.NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Changes its database behind its back.</summary>
    public async Task ExecuteAsync(params IEnumerable<string> statements)
    {
        await using var connection = await ConnectAsync();
        foreach (string statement in statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        // HTTP clients let calls under way end, and look by the same clock whether they have.
        var disposing = _app.DisposeAsync().AsTask();
        await Eventually.HoldsAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            return disposing.IsCompleted;
        });
        await disposing;
        if (_file is not null)
        {
            using var connection = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(connection);
            foreach (string ending in (string[])["", "-wal", "-shm"])
            {
                File.Delete(_file + ending);
            }
        }
        else if (!ConnectionString.StartsWith("Data Source", StringComparison.Ordinal))
        {
            // The service's pool, not that of the tests' own connections.
            await using var connection = new Npgsql.NpgsqlConnection(
                DatabaseConnections.WithRoomForOthers(ConnectionString, new StoreOptions().MaxConnections)
            );
            Npgsql.NpgsqlConnection.ClearPool(connection);
        }
    }
}
