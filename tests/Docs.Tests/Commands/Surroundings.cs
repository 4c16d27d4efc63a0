using ImageToText.PricingService;
using Npgsql;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>
/// The surroundings of the docs' commands: a hub that has a small model of the same kind under the name that they pull and, if PostgreSQL
/// is installed, a server with the pricing service's database <c>ledger</c>.
/// </summary>
public sealed class Surroundings : IAsyncLifetime
{
    private const string Model = "Salesforce/blip-image-captioning-large";

    private readonly Dictionary<string, string> _variables = [];
    private readonly PostgresCluster _postgres = new();
    private HubStandIn _hub = null!;

    /// <summary>Environment variables that point to them.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    public async ValueTask InitializeAsync()
    {
        await StartHubAsync();
        await _postgres.InitializeAsync();
        if (_postgres.Missing is null)
        {
            await MakeLedgerAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _postgres.DisposeAsync();
        await _hub.DisposeAsync();
    }

    private async Task StartHubAsync()
    {
        _hub = await HubStandIn.StartAsync();
        _hub.ModelId = Model;
        foreach (string file in Directory.EnumerateFiles(WorkingCopy.PathOf("tests/Fixtures/blip-small-f32")))
        {
            string name = Path.GetFileName(file);
            if (name == "model.safetensors")
            {
                _hub.AddLarge(name, await File.ReadAllBytesAsync(file));
            }
            else if (name != "expected.json")
            {
                _hub.Add(name, await File.ReadAllTextAsync(file));
            }
        }

        _variables["HF_ENDPOINT"] = _hub.Address.ToString();
    }

    private async Task MakeLedgerAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(await _postgres.CreateDatabaseAsync());
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync();
            await using var create = connection.CreateCommand();
            create.CommandText = "CREATE DATABASE ledger";
            await create.ExecuteNonQueryAsync();
        }

        _variables["PGHOST"] = server.Host!;
        _variables["PGPORT"] = server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _variables["PGUSER"] = server.Username!;
        server.Database = "ledger";
        await using var pricing = PricingApp.Create([
            "--urls=http://127.0.0.1:0",
            $"--Pricing:Store:ConnectionString={server}",
            "--Pricing:Access:ServiceToken=service-token-of-the-docs",
            "--ServiceDefaults:DrainDelay=00:00:00",
            "--ServiceDefaults:Telemetry=false",
            "--Logging:LogLevel:Default=Warning",
        ]);
        await pricing.StartAsync();
        await pricing.StopAsync();
    }
}
