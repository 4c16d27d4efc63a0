using System.Collections.Concurrent;
using System.Text.Json;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// The budgets of all keys and of their models, as far as this gateway holds them, and its calls to the pricing service about them.
/// </summary>
internal sealed class KeyBudgets : IDisposable
{
    // No two clocks agree exactly, so a lease is given up this long before its end.
    private const double LeaseUsed = 0.9;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly PricingClient _pricing;
    private readonly GatewayIdentity _identity;
    private readonly Network _network;
    private readonly PricingConnectionOptions _registry;
    private readonly SliceFile _file;
    private readonly ConcurrentDictionary<BudgetName, KeyBudget> _keys = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _listing = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly HashSet<string> _resumed = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _leftovers;

    public KeyBudgets(
        PricingClient pricing,
        GatewayIdentity identity,
        Network network,
        IOptions<BudgetSliceOptions> options,
        IOptions<PricingConnectionOptions> registry,
        TimeProvider time,
        ILogger<KeyBudgets> logger
    )
    {
        _pricing = pricing;
        _identity = identity;
        _network = network;
        _registry = registry.Value;
        _file = new SliceFile(Path.Combine(identity.DataDirectory, "slices.json"), logger);
        Options = options.Value;
        Time = time;
        network.Recalled += Recall;
    }

    public BudgetSliceOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>The day whose budget is being spent; UTC.</summary>
    public DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    /// <summary>Changes whenever any key does, including its budget.</summary>
    public long KeysVersion => _network.View.Snapshot.KeysVersion;

    /// <summary>Whether the gateway has ended.</summary>
    public bool HasEnded => _ended.IsCancellationRequested;

    /// <summary>What a key spends on a model that it has a budget for, or on all others.</summary>
    public KeyBudget Of(string keyId, string? modelId = null) =>
        _keys.GetOrAdd(new(keyId, modelId), static (name, budgets) => new KeyBudget(name, budgets), this);

    /// <summary>
    /// Reserves a charge in the budgets that it counts against; nothing if there are none or the caption costs nothing.
    /// </summary>
    /// <exception cref="Errors.RefusalException">402 or 429: a budget does not allow it.</exception>
    public ValueTask<Reservation> ReserveAsync(Charge charge, CancellationToken cancellationToken) =>
        charge.NeedsBudget
            ? Of(charge.Key.KeyId, charge.BudgetedModelId).ReserveAsync(charge.CostUsd, cancellationToken)
            : ValueTask.FromResult(Reservation.OfNothing());

    /// <summary>All slices whose rest is needed elsewhere.</summary>
    public void Recall(IReadOnlyList<SliceRecall> recalls)
    {
        foreach (var ofBudget in recalls.GroupBy(static recall => (recall.KeyId, recall.ModelId), static recall => recall.SliceId))
        {
            Of(ofBudget.Key.KeyId, ofBudget.Key.ModelId).Recall([.. ofBudget]);
        }

        if (recalls.Count > 0)
        {
            WakeRenewal();
        }
    }

    /// <summary>Wakes the renewal, because there is something to give back.</summary>
    public void WakeRenewal()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is already awake.
        }
    }

    /// <summary>Waits until there is something to give back, or for <paramref name="most"/>.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(most, Time, cancellationToken);
        try
        {
            await _wake.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to check whether anything is idle.
        }
    }

    /// <summary>When a lease requested at <paramref name="askedAt"/> must no longer be used.</summary>
    public long LeaseEnd(BudgetSlice slice, long askedAt) =>
        askedAt + (long)(Math.Min(slice.LeaseSeconds * LeaseUsed, 1e9) * Time.TimestampFrequency);

    /// <summary>A slice request, to be repeated unchanged until it is answered.</summary>
    public SliceRequest Request(BudgetName budget, decimal needed, decimal wanted, TimeSpan wait) =>
        new(
            _identity.Id,
            budget.KeyId,
            needed,
            Math.Max(needed, wanted),
            wait.TotalSeconds,
            Guid.CreateVersion7().ToString("N"),
            budget.ModelId
        );

    /// <summary>Requests a slice. It never throws; the grant says if there was no answer.</summary>
    public async Task<SliceGrant> AskAsync(SliceRequest request)
    {
        long askedAt = Time.GetTimestamp();
        try
        {
            using var deadline = new Deadline(_registry.CallTimeout + TimeSpan.FromSeconds(request.WaitSeconds), Time, _ended.Token);
            await ListLeftoversAsync(deadline.Token);
            return new SliceGrant(await _pricing.RequestSliceAsync(request, deadline.Token), askedAt);
        }
        catch (Exception failure)
            when (failure
                    is HttpRequestException
                        or OperationCanceledException
                        or PricingException
                        or JsonException
                        or InvalidOperationException
                        or NotSupportedException
                        or IOException
            )
        {
            return new SliceGrant(null, askedAt);
        }
    }

    /// <summary>Waits before an unanswered request is repeated; each repetition waits longer.</summary>
    public async Task PauseAsync(int failures)
    {
        if (!HasEnded)
        {
            var pause = TimeSpan.FromMilliseconds(Math.Min(50 << Math.Min(failures, 8), LongestPause.TotalMilliseconds));
            await Task.Delay(pause, Time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Gives back whatever is due.</summary>
    /// <param name="all">Everything, because the gateway is shutting down.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task ReturnAsync(bool all, CancellationToken cancellationToken)
    {
        var returns = new List<(KeyBudget Budget, List<SliceShrink> Slices)>();
        foreach (var budget in _keys.Values)
        {
            if (budget.Returns(all) is { Count: > 0 } slices)
            {
                returns.Add((budget, slices));
            }
        }

        if (returns.Count > 0)
        {
            // Before another gateway can have it.
            Save();
            await _pricing.ShrinkSlicesAsync(
                new SliceShrinkRequest(_identity.Id, [.. returns.SelectMany(static entry => entry.Slices)]),
                cancellationToken
            );
            returns.ForEach(static entry => entry.Budget.Returned(entry.Slices));
        }
    }

    /// <summary>Renews all leases.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        string[] ids = _keys.Values.SelectMany(static budget => budget.Renewable()).ToArray();
        if (ids.Length == 0)
        {
            return;
        }

        long askedAt = Time.GetTimestamp();
        var answer = await _pricing.RenewSlicesAsync(new SliceRenewal(_identity.Id, ids), cancellationToken);
        foreach (var budget in _keys.Values)
        {
            budget.Renewed(answer.Slices, answer.Gone, askedAt);
        }

        Save();
    }

    /// <summary>Saves what is held, for the gateway's next life.</summary>
    public void Save() => _file.Save(() => [.. _keys.Values.SelectMany(static budget => budget.Kept())]);

    /// <summary>
    /// Goes on with the slices of this gateway's earlier life whose leases have not ended. Call it before anything is shipped.
    /// </summary>
    public async Task ResumeAsync(UsageJournal journal, CancellationToken cancellationToken)
    {
        var saved = _file.Load();
        if (saved.Count == 0)
        {
            return;
        }

        var unshipped = await journal.SpentAsync(cancellationToken);
        foreach (var slice in saved)
        {
            // The clock may have been set back meanwhile.
            var away = Time.GetUtcNow() - slice.SavedAt;
            var left = slice.LeaseLeft - (away > TimeSpan.Zero ? away : TimeSpan.Zero);
            if (left > TimeSpan.Zero)
            {
                _resumed.Add(slice.SliceId);
                Of(slice.KeyId, slice.ModelId).Resume(slice, unshipped.GetValueOrDefault(slice.SliceId), left);
            }
        }
    }

    /// <summary>
    /// The ledger has these records. Call it before they leave the journal: until then they count as spent because they are in it.
    /// </summary>
    public void Shipped(IReadOnlyList<UsageRecord> records)
    {
        foreach (var record in records)
        {
            if (record.CostUsd < 0)
            {
                foreach (var budget in OfKey(record.KeyId))
                {
                    budget.Refunded(record.SliceId);
                }
            }
            else if (record.SliceId is { } slice)
            {
                // The slice is of the model's budget or of the key's; the other doesn't know it.
                foreach (var name in (ReadOnlySpan<BudgetName>)[new(record.KeyId, record.ModelId), new(record.KeyId, null)])
                {
                    if (_keys.TryGetValue(name, out var budget))
                    {
                        budget.Shipped(slice, record.CostUsd);
                    }
                }
            }
        }

        if (records.Any(static record => record.SliceId is not null))
        {
            Save();
        }
    }

    /// <summary>
    /// Gives back the slices of this gateway's earlier life with which it didn't go on. Call it when the journal has been shipped: then
    /// everything spent from them is in the ledger.
    /// </summary>
    public async Task ReturnLeftoversAsync(CancellationToken cancellationToken)
    {
        await ListLeftoversAsync(cancellationToken);
        if (_leftovers is not { Count: > 0 } leftovers)
        {
            return;
        }

        var standing = await _pricing.GetSlicesAsync(_identity.Id, cancellationToken);
        var ended = standing
            .Slices.Where(slice => leftovers.Contains(slice.SliceId))
            .Select(static slice => new SliceShrink(slice.SliceId, slice.Spent))
            .ToArray();
        if (ended.Length > 0)
        {
            await _pricing.ShrinkSlicesAsync(new SliceShrinkRequest(_identity.Id, ended), cancellationToken);
        }

        _leftovers = [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Recalled -= Recall;
        _ended.Cancel();
        foreach (var budget in _keys.Values)
        {
            budget.Close();
        }

        _file.Close();

        _ended.Dispose();
        _wake.Dispose();
        _listing.Dispose();
    }

    // A refund may make room in any of them. It is rare, so they are looked for.
    private IEnumerable<KeyBudget> OfKey(string keyId) =>
        _keys.Where(budget => budget.Key.KeyId == keyId).Select(static budget => budget.Value);

    // Before the first slice of this life is requested; afterwards nobody could tell them apart.
    private async Task ListLeftoversAsync(CancellationToken cancellationToken)
    {
        if (_leftovers is not null)
        {
            return;
        }

        await _listing.WaitAsync(cancellationToken);
        try
        {
            _leftovers ??=
            [
                .. (await _pricing.GetSlicesAsync(_identity.Id, cancellationToken))
                    .Slices.Select(static slice => slice.SliceId)
                    .Where(id => !_resumed.Contains(id)),
            ];
        }
        finally
        {
            _listing.Release();
        }
    }
}

/// <summary>Names a budget that slices are lent from.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="ModelId">The model that the key has a budget for; null: all models without one.</param>
internal readonly record struct BudgetName(string KeyId, string? ModelId);

/// <summary>The outcome of a slice request.</summary>
/// <param name="Answer">The answer; null: there was none.</param>
/// <param name="AskedAt">The timestamp of the request.</param>
internal readonly record struct SliceGrant(SliceAnswer? Answer, long AskedAt);
