using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>
/// The real pricing service on SQLite. The database outlives the service, so a test can stop and restart it.
/// </summary>
internal sealed class PricingHost : IAsyncDisposable
{
    public const string Model = "starter";

    private static readonly ContractsJson Json = ContractsJson.Default;

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-pricing-").FullName;
    private readonly int _port = LoopbackPort.Free();
    private readonly HttpClient _service;
    private readonly HttpClient _operator;
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forgotten = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private WebApplication? _app;

    public PricingHost()
    {
        _service = Client(ServiceProcess.ServiceToken);
        _operator = Client(ServiceProcess.OperatorToken);
        SetCaps();
    }

    /// <summary>The service's clock from its next start on.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>The ledger's entries by request, except those of forgotten keys.</summary>
    public IReadOnlyDictionary<string, UsageRecord> Ledger
    {
        get
        {
            var records = new Dictionary<string, UsageRecord>(StringComparer.Ordinal);
            for (long? after = 0; after is not null; )
            {
                var page = Send(
                    _service,
                    HttpMethod.Get,
                    string.Create(CultureInfo.InvariantCulture, $"usage/records?after={after}"),
                    Json.LedgerPage
                );
                foreach (var entry in page.Entries.Where(entry => !_forgotten.Contains(entry.Record.KeyId)))
                {
                    records.Add(entry.Record.RequestId, entry.Record);
                }

                after = page.Next;
            }

            return records;
        }
    }

    private string CapsFile => Path.Combine(_folder, "caps.json");

    private string Store => $"Data Source={Path.Combine(_folder, "pricing.db")}";

    /// <summary>A key's money that gateways hold, unspent as far as the ledger knows.</summary>
    public decimal Held(string key) => KeyNamed(key).Spend.Held;

    /// <summary>Creates a key.</summary>
    /// <returns>Its secret.</returns>
    public string AddKey(
        string name,
        decimal? budget = null,
        RateLimit? rate = null,
        IReadOnlyList<string>? models = null,
        decimal? cap = null,
        KeyScope scope = KeyScope.Caption
    )
    {
        var settings = new KeySettings(name, null, [scope], null, rate, budget is null ? null : new Budget(Total: budget), models, cap);
        return AddKey(settings);
    }

    /// <summary>Creates a key.</summary>
    /// <returns>Its secret.</returns>
    public string AddKey(KeySettings settings)
    {
        var created = Send(_operator, HttpMethod.Post, "keys", Json.CreatedKey, JsonContent.Create(settings, Json.KeySettings));
        _keys.Add(created.Key.KeyId);
        return created.Secret;
    }

    /// <summary>Leaves the keys made so far, and what they paid, out of everything that follows.</summary>
    public void ForgetKeys()
    {
        _forgotten.UnionWith(_keys);
        _keys.Clear();
    }

    /// <summary>Sets what the keys of an account may spend together.</summary>
    public void SetAccountBudget(string account, decimal budget) =>
        Send(
            _operator,
            HttpMethod.Put,
            "accounts/" + account,
            JsonContent.Create(new AccountSettings(new Budget(Total: budget)), Json.AccountSettings)
        );

    /// <summary>What the keys of each account have spent.</summary>
    public IReadOnlyDictionary<string, KeySpend> Accounts =>
        Send(_operator, HttpMethod.Get, "accounts", Json.IReadOnlyListAccountInfo)
            .ToDictionary(static account => account.Account, static account => account.Spend);

    /// <summary>Sets the budget of the key with this name.</summary>
    public void SetBudget(string name, decimal budget)
    {
        var key = KeyNamed(name);
        Send(
            _operator,
            HttpMethod.Put,
            "keys/" + key.KeyId,
            JsonContent.Create(key.Settings with { Budget = new Budget(Total: budget) }, Json.KeySettings)
        );
    }

    /// <summary>Revokes the key with this name.</summary>
    public void RevokeKey(string name) => Send(_operator, HttpMethod.Delete, "keys/" + KeyNamed(name).KeyId);

    /// <summary>Sets the network's nodes.</summary>
    public void SetNodes(params NetworkNode[] nodes)
    {
        foreach (string gone in _nodes.Except(nodes.Select(static node => node.NodeId)).ToArray())
        {
            Send(_service, HttpMethod.Delete, "nodes/" + gone);
            _nodes.Remove(gone);
        }

        foreach (var node in nodes)
        {
            var registration = new NodeRegistration(
                node.Address,
                node.Kind,
                "1",
                null,
                [
                    .. node.Models.Select(static model => new NodeModel(
                        model.ModelId,
                        model.Revision,
                        model.State,
                        model.Capacity,
                        model.Price,
                        model.Precision,
                        PromptUse: model.PromptUse,
                        Tiles: model.Tiles,
                        Languages: model.Languages
                    )),
                ],
                node.Token
            );
            Send(_service, HttpMethod.Put, "nodes/" + node.NodeId, JsonContent.Create(registration, Json.NodeRegistration));
            Send(
                _operator,
                HttpMethod.Put,
                $"nodes/{node.NodeId}/state",
                JsonContent.Create(new NodeStateChange(node.State), Json.NodeStateChange)
            );
            _nodes.Add(node.NodeId);
        }
    }

    /// <summary>Sets the caps of all gateways, in USD per pixel for any model.</summary>
    public void SetCaps(params decimal[] usdPerPixel) =>
        File.WriteAllText(
            CapsFile,
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"capabilities_prices": [{{string.Join(',', usdPerPixel.Select(static cap =>
                    $$"""{"pipeline": "image-to-text", "price_per_unit": {{cap.ToString(CultureInfo.InvariantCulture)}}, "currency": "USD"}"""))}}]}"""
            )
        );

    /// <summary>A node as the network lists it.</summary>
    public static NetworkNode Node(
        string id,
        Uri address,
        decimal usdPerPixel = 0.00000000025m,
        NodeKind kind = NodeKind.Native,
        int capacity = 64,
        ModelState state = ModelState.Warm,
        string? token = null
    ) =>
        new(
            id,
            address,
            kind,
            NodeState.Active,
            token,
            [
                new NetworkModel(
                    Model,
                    kind == NodeKind.Native ? "revision-1" : null,
                    state,
                    capacity,
                    new Price(usdPerPixel),
                    usdPerPixel,
                    PriceSource.Announced,
                    false,
                    null
                ),
            ]
        );

    public async Task StartAsync()
    {
        _app = PricingApp.Create(
            [
                $"--urls={Address}",
                $"--Pricing:Store:ConnectionString={Store}",
                $"--Pricing:Access:ServiceToken={ServiceProcess.ServiceToken}",
                $"--Pricing:Access:OperatorToken={ServiceProcess.OperatorToken}",
                $"--Pricing:Registry:DefaultModelId={Model}",
                $"--Pricing:Caps:Files:default={CapsFile}",
                // The tests' nodes register once.
                "--Pricing:Registry:Ttl=1.00:00:00",
                "--ServiceDefaults:DrainDelay=00:00:00",
                "--ServiceDefaults:Telemetry=false",
            ],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton(Clock);
            }
        );
        await _app.StartAsync();
    }

    /// <summary>Stops the service and closes its connections. The database stays.</summary>
    public async Task StopAsync()
    {
        if (_app is not null)
        {
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _service.Dispose();
        _operator.Dispose();
        await using (var connection = new SqliteConnection(Store))
        {
            SqliteConnection.ClearPool(connection);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private KeyInfo KeyNamed(string name) =>
        Send(_operator, HttpMethod.Get, "keys", Json.IReadOnlyListKeyInfo)
            .Single(key => key.Settings.Name == name && !_forgotten.Contains(key.KeyId));

    private HttpClient Client(string token) =>
        new() { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private static T Send<T>(HttpClient http, HttpMethod method, string path, JsonTypeInfo<T> type, HttpContent? body = null)
    {
        using var answer = Send(http, method, path, body);
        using var stream = answer.Content.ReadAsStream();
        return JsonSerializer.Deserialize(stream, type)!;
    }

    private static HttpResponseMessage Send(HttpClient http, HttpMethod method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var answer = http.Send(request);
        return answer.IsSuccessStatusCode
            ? answer
            : throw new HttpRequestException(
                $"{method} {path}: {answer.StatusCode} {new StreamReader(answer.Content.ReadAsStream()).ReadToEnd()}"
            );
    }
}
