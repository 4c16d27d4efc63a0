using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Billing.Journal;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Billing;

/// <summary>
/// Sends the journal's records to the ledger in batches, and repeats them until they are acknowledged; the ledger stores each
/// request id once. After a restart, whatever was left in the journal goes first. Then the slices of the earlier life are given
/// back.
/// </summary>
internal sealed partial class LedgerShipper(
    UsageJournal journal,
    PricingClient pricing,
    GatewayIdentity identity,
    KeyBudgets budgets,
    IOptions<JournalOptions> options,
    TimeProvider time,
    ILogger<LedgerShipper> logger
) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LastTry = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Sends what the journal holds now, so that the next report shows it.</summary>
    /// <exception cref="HttpRequestException">The ledger can't be reached.</exception>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var end = journal.Records.Durable;
        while (journal.Records.Shipped < end)
        {
            await ShipAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await budgets.ResumeAsync(journal, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var deadline = new Deadline(LastTry, time, cancellationToken);
        try
        {
            while (journal.Records.Shipped < journal.Records.Durable)
            {
                await ShipAsync(deadline.Token);
            }
        }
        catch (Exception failure)
        {
            // Whatever it was, the rest of the gateway must shut down in order.
            Log.LeftInJournal(logger, failure.Message);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var start = journal.Records.Durable;
        bool cleared = false;
        bool isMore = true;
        return new EndlessRetry(FirstPause, options.Value.RetryAtMost, time).RepeatAsync(NextAsync, Failed, stoppingToken);

        async ValueTask NextAsync(CancellationToken cancellationToken)
        {
            // What came while the last batch was under way collects too: a few records cost the ledger about as much as a whole batch.
            if (cleared && !isMore)
            {
                await journal.Records.WaitForRecordsAsync(cancellationToken);
                await Task.Delay(options.Value.ShipEvery, time, cancellationToken);
            }

            isMore = true;

            // Only now, because the wait for records may have been long.
            using var deadline = new Deadline(CallTimeout, time, cancellationToken);
            if (!cleared && journal.Records.Shipped >= start)
            {
                await budgets.ReturnLeftoversAsync(deadline.Token);
                cleared = true;
            }

            isMore = await ShipAsync(deadline.Token);
        }

        void Failed(Exception failure, int inRow)
        {
            if (!PricingOutage.Explains(failure))
            {
                Log.Failed(logger, failure);
            }
            else if (inRow == 1)
            {
                Log.Unreachable(logger, failure.Message);
            }
        }
    }

    /// <summary>Sends the next batch.</summary>
    /// <returns>Whether it was full, so that there may be more.</returns>
    private async Task<bool> ShipAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (records, end) = await journal.NextAsync(options.Value.BatchRecords, cancellationToken);
            if (records.Count > 0)
            {
                var receipt = await pricing.RecordUsageAsync(new UsageBatch(identity.Id, records), cancellationToken);
                foreach (var refused in receipt.Refused)
                {
                    Log.Refused(logger, refused.RequestId, refused.Reason);
                }

                budgets.Shipped(records);
            }

            journal.Records.MarkShipped(end);
            return records.Count >= options.Value.BatchRecords;
        }
        finally
        {
            _one.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Warning, "The ledger can't be reached; usage records stay in the journal until it can: {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(2402, LogLevel.Error, "The ledger can never take the usage record of request {RequestId}: {Reason}")]
        public static partial void Refused(ILogger logger, string requestId, string reason);

        [LoggerMessage(2403, LogLevel.Warning, "Usage records stay in the journal until the next start: {Reason}")]
        public static partial void LeftInJournal(ILogger logger, string reason);

        [LoggerMessage(2404, LogLevel.Error, "Usage records could not be sent to the ledger; trying again later.")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
