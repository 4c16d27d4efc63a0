using System.Threading.Channels;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Tests.Ledger;

namespace ImageToText.PricingService.Tests.Budgets;

/// <summary>
/// The budget part of a gateway, over the real protocol. It reserves money from its slices, requests more, returns what is recalled,
/// and ships its records in batches.
/// </summary>
internal sealed class SpendingGateway(string id, PricingClient pricing, CreatedKey key, decimal wanted, string? budgetedModel = null)
    : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Held> _slices = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _asking = new(1);
    private readonly Channel<UsageRecord> _journal = Channel.CreateUnbounded<UsageRecord>();
    private int _requests;

    /// <summary>Called outside any lock when a caption is refused for lack of budget.</summary>
    public required Action Refused { get; init; }

    /// <summary>Called when money is set aside for a caption that will be delivered.</summary>
    public required Action<decimal> Reserved { get; init; }

    public void Dispose() => _asking.Dispose();

    /// <summary>Runs until every request is answered and every record shipped.</summary>
    public async Task RunAsync(int captions, int atOnce, Func<int, decimal> cost)
    {
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(stop.Token);
        var shipping = ShipAsync();
        int next = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, atOnce)
                .Select(async _ =>
                {
                    while (Interlocked.Increment(ref next) is var number && number <= captions)
                    {
                        await CaptionAsync(cost(number));
                    }
                })
        );
        _journal.Writer.Complete();
        await shipping;
        await ReturnAsync(all: true);
        await stop.CancelAsync();
        await watching;
    }

    private async Task CaptionAsync(decimal cost)
    {
        while (true)
        {
            if (TryReserve(cost) is { } slice)
            {
                Reserved(cost);
                await Task.Yield();
                bool recalled;
                lock (_gate)
                {
                    slice.Reserved -= cost;
                    slice.Spent += cost;
                    recalled = slice.Recalled;
                }

                var record = LedgerTests.Record(key, $"{id}-{Interlocked.Increment(ref _requests)}", cost);
                await _journal.Writer.WriteAsync(
                    record with
                    {
                        GatewayId = id,
                        SliceId = slice.Id,
                        ModelId = budgetedModel ?? record.ModelId,
                    }
                );
                if (recalled)
                {
                    await ReturnAsync(all: false);
                }

                return;
            }

            await _asking.WaitAsync();
            try
            {
                if (HasRoom(cost))
                {
                    continue;
                }

                var answer = await pricing.RequestSliceAsync(
                    new(id, key.Key.KeyId, cost, wanted, 30, Guid.NewGuid().ToString("N"), budgetedModel)
                );
                if (answer.Slice is { } granted)
                {
                    lock (_gate)
                    {
                        _slices[granted.SliceId] = new() { Id = granted.SliceId, Amount = granted.Amount };
                    }
                }
                else if (answer.Outcome == SliceOutcome.Exhausted)
                {
                    Refused();
                    return;
                }
                else
                {
                    Assert.Equal(SliceOutcome.Held, answer.Outcome);
                }
            }
            finally
            {
                _asking.Release();
            }
        }
    }

    private Held? TryReserve(decimal cost)
    {
        lock (_gate)
        {
            var slice = _slices.Values.FirstOrDefault(slice => slice.Free >= cost);
            slice?.Reserved += cost;
            return slice;
        }
    }

    private bool HasRoom(decimal cost)
    {
        lock (_gate)
        {
            return _slices.Values.Any(slice => slice.Free >= cost);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        long? version = null;
        try
        {
            while (true)
            {
                var update = await pricing.WatchNetworkAsync(id, version, TimeSpan.FromSeconds(60), cancellationToken);
                version = update.Version;
                lock (_gate)
                {
                    foreach (var recall in update.Recalls)
                    {
                        if (_slices.TryGetValue(recall.SliceId, out var slice))
                        {
                            slice.Recalled = true;
                        }
                    }
                }

                if (update.Recalls.Count > 0)
                {
                    await ReturnAsync(all: false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ReturnAsync(bool all)
    {
        List<SliceShrink> shrinks;
        lock (_gate)
        {
            shrinks =
            [
                .. _slices
                    .Values.Where(slice => all || slice.Recalled)
                    .Select(slice => new SliceShrink(slice.Id, slice.Spent + slice.Reserved, slice.Spent)),
            ];
            foreach (var slice in _slices.Values.Where(slice => all))
            {
                slice.Recalled = true;
            }
        }

        var list = await pricing.ShrinkSlicesAsync(new(id, shrinks));
        lock (_gate)
        {
            list.Gone.ToList().ForEach(gone => _slices.Remove(gone));
        }
    }

    private async Task ShipAsync()
    {
        while (await _journal.Reader.WaitToReadAsync())
        {
            List<UsageRecord> batch = [];
            while (batch.Count < 200 && _journal.Reader.TryRead(out var record))
            {
                batch.Add(record);
            }

            var receipt = await pricing.RecordUsageAsync(new(id, batch));
            Assert.Equal(batch.Count, receipt.Accepted);
        }
    }

    private sealed class Held
    {
        public required string Id { get; init; }

        public decimal Amount { get; init; }

        public decimal Spent { get; set; }

        public decimal Reserved { get; set; }

        public bool Recalled { get; set; }

        public decimal Free => Recalled ? 0 : Amount - Spent - Reserved;
    }
}
