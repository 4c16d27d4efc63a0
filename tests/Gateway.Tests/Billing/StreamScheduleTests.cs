using System.Collections.Concurrent;
using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Billing.Journal;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Telemetry;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>
/// Hundreds of random schedules of callers who read, hang up and try again, and of nodes that fail, all racing for one budget. The
/// journal must add up to what was delivered, and never exceed the budget.
/// </summary>
public sealed class StreamScheduleTests : IDisposable
{
    private const int Schedules = 500;
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-schedules-").FullName;
    private readonly ScriptedPricing _pricing = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _pricing.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task The_journal_is_the_sum_of_what_was_delivered_whatever_is_cut_off_repeated_or_racing()
    {
        var identity = ScriptedPricing.Identity(_data);
        using var budgets = _pricing.Budgets(identity, _time);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var telemetry = new GatewayTelemetry(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        using var lifetime = new StillRunning();
        await using var journal = new UsageJournal(identity, Options.Create(new JournalOptions()));
        var settlement = new Settlement(journal, identity, _time, NullLogger<Settlement>.Instance);
        var step = new SettlementStep(settlement, telemetry, lifetime, _time);
        var left = new ConcurrentDictionary<string, decimal>(StringComparer.Ordinal);
        _pricing.Ask = request => Lend(left, request);

        var delivered = new ConcurrentDictionary<string, decimal>(StringComparer.Ordinal);
        using var done = new CancellationTokenSource();
        var keeping = KeepBooksAsync(journal, budgets, left, done.Token);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Schedules),
            Cancelled,
            async (seed, _) =>
            {
                var random = new Random(seed);
                string key = string.Create(CultureInfo.InvariantCulture, $"key-{seed}");
                left[key] = random.Next(1, 6);
                await Task.WhenAll(
                    Enumerable
                        .Range(0, random.Next(1, 8))
                        .Select(i => new Caller(step, budgets, key, i, new Random((seed * 100) + i), delivered).RunAsync())
                );
            }
        );

        await done.CancelAsync();
        var charged = await keeping;
        Assert.Equal(delivered.OrderBy(static entry => entry.Key), charged.OrderBy(static entry => entry.Key));
        foreach (var ofKey in charged.GroupBy(static entry => entry.Key.Split('/')[0], static entry => entry.Value))
        {
            Assert.InRange(ofKey.Sum(), 0, Budget(int.Parse(ofKey.Key.AsSpan(4), CultureInfo.InvariantCulture)));
        }

        // The schedules are of every kind: nothing delivered, some of it, all that was asked for.
        Assert.InRange(charged.Count, Schedules, Schedules * 5);
    }

    private static decimal Budget(int seed) => new Random(seed).Next(1, 6);

    /// <summary>Does what the ledger does: adds up the journal, and lends again what was taken back.</summary>
    private async Task<Dictionary<string, decimal>> KeepBooksAsync(
        UsageJournal journal,
        KeyBudgets budgets,
        ConcurrentDictionary<string, decimal> left,
        CancellationToken done
    )
    {
        var charged = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (!done.IsCancellationRequested || journal.Records.Shipped < journal.Records.Durable)
        {
            await Task.Yield();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            var (records, end) = await journal.NextAsync(1_000, Cancelled);
            foreach (var record in records)
            {
                Assert.True(ids.Add(record.RequestId), record.RequestId);
                string caption = record.Corrects ?? record.RequestId;
                Assert.True(record.Corrects is null || charged.ContainsKey(caption), "A correction precedes its caption.");
                charged[caption] = charged.GetValueOrDefault(caption) + record.CostUsd;
                if (record.CostUsd < 0)
                {
                    lock (left)
                    {
                        left[record.KeyId] -= record.CostUsd;
                    }

                    budgets.Of(record.KeyId).Refunded(record.SliceId);
                }
            }

            journal.Records.MarkShipped(end);
        }

        return charged.Where(static entry => entry.Value != 0).ToDictionary(StringComparer.Ordinal);
    }

    private SliceAnswer Lend(ConcurrentDictionary<string, decimal> left, SliceRequest request)
    {
        lock (left)
        {
            if (left[request.KeyId] < request.Needed)
            {
                return new SliceAnswer(SliceOutcome.Exhausted, null, 0, 0, "total", null);
            }

            left[request.KeyId] -= request.Needed;
            return _pricing.Granted(request, request.Needed);
        }
    }

    /// <summary>A caller who asks for captions, hangs up anywhere, and asks again.</summary>
    private sealed class Caller(
        SettlementStep step,
        KeyBudgets budgets,
        string key,
        int number,
        Random random,
        ConcurrentDictionary<string, decimal> delivered
    )
    {
        private static readonly CaptionResponse Caption = new() { Text = "one two three" };

        public async Task RunAsync()
        {
            for (int attempt = 0; attempt < 3; attempt++)
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"{key}/{number}.{attempt}");
                try
                {
                    if (await AskAsync(id))
                    {
                        delivered[id] = 1;
                        return;
                    }
                }
                catch (Exception failure) when (failure is RefusalException or OperationCanceledException)
                {
                    // Refused, or broken by the node, or hung up before anything came.
                }
            }
        }

        /// <summary>Asks once; returns whether a word was read that the node did not take back by breaking its stream.</summary>
        private async Task<bool> AskAsync(string id)
        {
            using var leaving = new CancellationTokenSource();
            int pieces = random.Next(0, 6);
            int? breaksAfter = random.Next(4) == 0 ? random.Next(0, pieces + 1) : null;
            int? leavesAfter = random.Next(3) == 0 ? random.Next(0, pieces + 1) : null;
            bool streams = random.Next(5) > 0;
            var answer = await step.CaptionAsync(
                Request(id),
                async (request, cancellationToken) =>
                {
                    var charge = new Charge(request.Caller, "model", "node", 1, 1);
                    var reservation = await budgets.ReserveAsync(charge, cancellationToken);
                    return new CaptionAnswer
                    {
                        Whole = streams ? null : Caption,
                        Updates = streams ? StreamAsync(pieces, breaksAfter, cancellationToken) : null,
                        ModelId = "model",
                        Charge = charge,
                        Reservation = reservation,
                    };
                },
                leaving.Token
            );
            if (answer.Updates is not { } updates)
            {
                return true;
            }

            bool said = false;
            int read = 0;
            await using var all = updates.GetAsyncEnumerator(leaving.Token);
            while (true)
            {
                if (read == leavesAfter)
                {
                    await leaving.CancelAsync();
                    return said;
                }

                if (!await all.MoveNextAsync())
                {
                    return said;
                }

                said = true;
                read++;
            }
        }

        private static async IAsyncEnumerable<AnswerUpdate> StreamAsync(
            int pieces,
            int? breaksAfter,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            for (int i = 0; i < pieces; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                if (i == breaksAfter)
                {
                    throw new RefusalException(Refusals.NodesFailed(1));
                }

                yield return new AnswerUpdate(new CaptionPiece { Text = "one " }, null);
            }

            yield return new AnswerUpdate(null, Caption);
        }

        private CaptionRequest Request(string id) =>
            new()
            {
                RequestId = id,
                Caller = new KeyGrant(key, key, null, [KeyScope.Caption], null, null, HasBudget: true, null, null),
                Picture = null!,
                Parameters = CaptionParameters.Read(static _ => null),
                AdmittedAt = 0,
            };
    }

    private sealed class StillRunning : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => _stopping.Token;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => _stopping.Token;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
