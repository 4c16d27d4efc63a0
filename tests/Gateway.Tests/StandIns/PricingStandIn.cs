using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>
/// The part of the pricing service's protocol that gateways use, in memory: network, keys, slices with recall, ledger. Its books
/// outlive its listener, so that a test can take the service away and bring it back.
/// </summary>
internal sealed class PricingStandIn : IAsyncDisposable
{
    public const string Model = "starter";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, decimal> _budgets = [];
    private readonly Dictionary<string, BudgetSlice> _slices = [];
    private readonly Dictionary<string, SliceAnswer> _answered = [];
    private readonly HashSet<string> _recalled = [];
    private readonly Dictionary<string, decimal> _delivered = [];
    private readonly Dictionary<string, KeyGrant> _keys = [];
    private readonly Dictionary<string, UsageRecord> _ledger = [];
    private readonly int _port = LoopbackPort.Free();
    private List<NetworkNode> _nodes = [];
    private List<PriceCap> _caps = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1;
    private long _keysVersion = 1;
    private WebApplication? _app;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    public double LeaseSeconds { get; init; } = 60;

    public IReadOnlyDictionary<string, UsageRecord> Ledger
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, UsageRecord>(_ledger);
            }
        }
    }

    /// <summary>Records that came again although they were there.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Money of a key that lies with gateways, unspent as far as the ledger knows.</summary>
    public decimal Held(string keyId)
    {
        lock (_gate)
        {
            return _slices.Values.Where(slice => slice.KeyId == keyId).Sum(static slice => slice.Amount - slice.Spent);
        }
    }

    public string AddKey(
        string keyId,
        decimal? budget = null,
        RateLimit? rate = null,
        IReadOnlyList<string>? models = null,
        decimal? cap = null,
        KeyScope scope = KeyScope.Caption
    )
    {
        string secret = ApiKey.Marker + keyId;
        lock (_gate)
        {
            _keys[ApiKey.Hash(secret)] = new KeyGrant(keyId, keyId, null, [scope], null, rate, budget is not null, models, cap);
            if (budget is { } amount)
            {
                _budgets[keyId] = amount;
            }

            _keysVersion++;
        }

        Change();
        return secret;
    }

    public void RevokeKey(string secret)
    {
        lock (_gate)
        {
            _keys.Remove(ApiKey.Hash(secret));
            _keysVersion++;
        }

        Change();
    }

    public void SetNodes(params NetworkNode[] nodes)
    {
        _nodes = [.. nodes];
        Change();
    }

    public void SetCaps(params PriceCap[] caps)
    {
        _caps = [.. caps];
        Change();
    }

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
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.AbsoluteUri);
        var app = builder.Build();
        app.MapGet("/network", WatchAsync);
        app.MapPost(
            "/keys/validate",
            http => AnswerAsync<KeyValidationRequest, KeyGrant>(http, body => _keys.GetValueOrDefault(body.SecretHash))
        );
        app.MapPost("/budgets/slices", AskAsync);
        app.MapPost("/budgets/slices/shrink", http => AnswerAsync<SliceShrinkRequest, SliceList>(http, Shrink));
        app.MapPost(
            "/budgets/slices/renew",
            http => AnswerAsync<SliceRenewal, SliceList>(http, body => List(body.GatewayId, body.SliceIds))
        );
        app.MapGet("/budgets/slices", http => WriteAsync(http, List(http.Request.Query["gateway_id"]!, [])));
        app.MapPost("/usage/records", http => AnswerAsync<UsageBatch, UsageReceipt>(http, Record));
        app.MapGet("/usage", http => WriteAsync(http, Report(http.Request.Query["key_id"])));
        app.MapGet("/keys/{id}", http => WriteAsync(http, (KeyInfo?)null));
        app.MapPost(
            "/models/requests",
            http =>
                AnswerAsync<ModelRequestBody, ModelRequest>(
                    http,
                    body =>
                        new(
                            "r1",
                            body.ModelId,
                            "main",
                            ModelRequestState.Waiting,
                            null,
                            http.Request.Query["requested_by"],
                            default,
                            null,
                            null,
                            0,
                            [],
                            null
                        )
                )
        );
        app.MapGet("/prices", http => WriteAsync(http, new PriceList(Price.Recommended, [], [], Rate)));
        _app = app;
        await _app.StartAsync();
    }

    /// <summary>Takes the listener away, with every connection to it; the books stay.</summary>
    public async Task StopAsync()
    {
        if (_app is not null)
        {
            Change();
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private static readonly ExchangeRate Rate = new(null, null, null, null, true);

    private static Task WriteAsync<T>(HttpContext http, T? value)
    {
        if (value is null)
        {
            http.Response.StatusCode = 404;
            return http.Response.WriteAsJsonAsync(
                new ErrorBody(new ErrorDetail("There is none.", "not_found")),
                ContractsJson.Default.ErrorBody
            );
        }

        return http.Response.WriteAsJsonAsync(value, ContractsJson.Default.Options);
    }

    private async Task AnswerAsync<TBody, TAnswer>(HttpContext http, Func<TBody, TAnswer?> answer)
    {
        var body = (await http.Request.ReadFromJsonAsync<TBody>(ContractsJson.Default.Options))!;
        TAnswer? value;
        lock (_gate)
        {
            value = answer(body);
        }

        await WriteAsync(http, value);
    }

    private async Task WatchAsync(HttpContext http)
    {
        string gateway = http.Request.Query["gateway_id"].ToString();
        long? since = http.Request.Query.TryGetValue("since", out var text) ? long.Parse(text!, CultureInfo.InvariantCulture) : (long?)null;
        Task changed;
        lock (_gate)
        {
            changed = since == _version ? _changed.Task : Task.CompletedTask;
        }

        await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(5), http.RequestAborted));
        NetworkUpdate update;
        lock (_gate)
        {
            update = new NetworkUpdate(
                _version,
                since == _version ? null : new NetworkSnapshot([.. _nodes], Model, [.. _caps], Rate, _keysVersion),
                Recalls(gateway)
            );
        }

        await WriteAsync(http, update);
    }

    private SliceRecall[] Recalls(string gateway) =>
        [
            .. _slices
                .Values.Where(slice => slice.GatewayId == gateway && slice.Amount > slice.Spent && _recalled.Contains(slice.SliceId))
                .Select(static slice => new SliceRecall(slice.SliceId, slice.KeyId)),
        ];

    private async Task AskAsync(HttpContext http)
    {
        var body = (await http.Request.ReadFromJsonAsync(ContractsJson.Default.SliceRequest))!;
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(body.WaitSeconds);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Ask(body) is { } answer && (answer.Outcome != SliceOutcome.Held || DateTime.UtcNow >= until))
                {
                    _answered[body.RequestId!] = answer;
                    changed = Task.CompletedTask;
                }
                else
                {
                    changed = _changed.Task;
                }
            }

            if (changed.IsCompleted)
            {
                await WriteAsync(http, _answered[body.RequestId!]);
                return;
            }

            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(20), http.RequestAborted));
        }
    }

    private SliceAnswer Ask(SliceRequest body)
    {
        if (_answered.TryGetValue(body.RequestId!, out var before))
        {
            return before;
        }

        if (!_budgets.TryGetValue(body.KeyId, out decimal total))
        {
            return new SliceAnswer(SliceOutcome.Unlimited, null, null, null, null, null);
        }

        decimal spentOutside = _ledger
            .Values.Where(record => record.KeyId == body.KeyId && (record.SliceId is null || !_slices.ContainsKey(record.SliceId)))
            .Sum(static record => record.CostUsd);
        decimal held = _slices.Values.Where(slice => slice.KeyId == body.KeyId).Sum(static slice => slice.Amount);
        decimal left = total - spentOutside - held;
        if (left >= body.Needed)
        {
            // The nearer the end, the smaller: what one holds another must wait for.
            decimal granted = Math.Max(body.Needed, Math.Min(body.Wanted, left / 16));
            var slice = new BudgetSlice(
                Guid.NewGuid().ToString("N"),
                body.KeyId,
                body.GatewayId,
                granted,
                0,
                LeaseSeconds,
                DateTimeOffset.UtcNow.AddSeconds(LeaseSeconds)
            );
            _slices[slice.SliceId] = slice;
            return new SliceAnswer(SliceOutcome.Granted, slice, left - granted, held, null, null);
        }

        decimal unspent = _slices
            .Values.Where(slice => slice.KeyId == body.KeyId)
            .Sum(slice => slice.Amount - Math.Max(slice.Spent, _delivered.GetValueOrDefault(slice.SliceId)));
        if (left + unspent < body.Needed)
        {
            return new SliceAnswer(SliceOutcome.Exhausted, null, left, held, "total", null);
        }

        foreach (var slice in _slices.Values.Where(slice => slice.KeyId == body.KeyId && slice.Amount > slice.Spent))
        {
            if (_recalled.Add(slice.SliceId))
            {
                Change();
            }
        }

        return new SliceAnswer(SliceOutcome.Held, null, left, unspent, "total", 0.05);
    }

    private SliceList Shrink(SliceShrinkRequest body)
    {
        foreach (var shrink in body.Slices)
        {
            if (_slices.TryGetValue(shrink.SliceId, out var slice) && slice.GatewayId == body.GatewayId)
            {
                _delivered[shrink.SliceId] = Math.Max(_delivered.GetValueOrDefault(shrink.SliceId), shrink.Spent);
                _slices[shrink.SliceId] = slice with { Amount = Math.Max(slice.Spent, Math.Min(slice.Amount, shrink.Keep)) };
            }
        }

        Change();
        return List(body.GatewayId, [.. body.Slices.Select(static slice => slice.SliceId)]);
    }

    private SliceList List(string gateway, IReadOnlyList<string> named)
    {
        lock (_gate)
        {
            return new SliceList(
                [.. _slices.Values.Where(slice => slice.GatewayId == gateway)],
                [.. named.Where(id => !_slices.ContainsKey(id))]
            );
        }
    }

    private UsageReceipt Record(UsageBatch body)
    {
        int accepted = 0;
        foreach (var record in body.Records)
        {
            if (!_ledger.TryAdd(record.RequestId, record))
            {
                Duplicates++;
                continue;
            }

            accepted++;
            if (record.SliceId is { } id && _slices.TryGetValue(id, out var slice))
            {
                _slices[id] = slice with { Spent = slice.Spent + record.CostUsd };
            }
        }

        return new UsageReceipt(accepted, body.Records.Count - accepted, []);
    }

    private UsageReport Report(string? keyId)
    {
        lock (_gate)
        {
            var records = _ledger.Values.Where(record => keyId is null || record.KeyId == keyId).ToArray();
            decimal cost = records.Sum(static record => record.CostUsd);
            return new UsageReport(
                null,
                null,
                [],
                new UsageSum(records.Length, 0, records.Sum(static record => record.Pixels), 0, cost, cost)
            );
        }
    }

    private void Change()
    {
        lock (_gate)
        {
            _version++;
            var changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.TrySetResult();
        }
    }
}
