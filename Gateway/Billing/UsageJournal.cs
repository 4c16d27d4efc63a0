using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing.Journal;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Billing;

/// <summary>This gateway's usage records, kept on disk until the ledger has them.</summary>
internal sealed class UsageJournal : IAsyncDisposable
{
    /// <summary>Opens the journal, with whatever an earlier life of the gateway left in it.</summary>
    /// <exception cref="IOException">Another gateway uses the folder, or it can't be written.</exception>
    public UsageJournal(GatewayIdentity identity, IOptions<JournalOptions> options)
    {
        Directory = options.Value.Directory ?? Path.Combine(identity.DataDirectory, "usage");
        Records = RecordJournal.Open(Directory, options.Value);
    }

    /// <summary>The folder that holds it.</summary>
    public string Directory { get; }

    /// <summary>The records, as stored on disk.</summary>
    public RecordJournal Records { get; }

    /// <summary>Adds a record. Returns when it is durable.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public Task AddAsync(UsageRecord record) =>
        Records.AppendAsync(JsonSerializer.SerializeToUtf8Bytes(record, ContractsJson.Default.UsageRecord));

    /// <summary>The next records that the ledger has not acknowledged, and where they end.</summary>
    public async Task<(List<UsageRecord> Records, JournalPosition End)> NextAsync(int most, CancellationToken cancellationToken)
    {
        var (payloads, end) = await Records.ReadAsync(most, cancellationToken);
        return (payloads.ConvertAll(static payload => JsonSerializer.Deserialize(payload, ContractsJson.Default.UsageRecord)!), end);
    }

    /// <summary>What the records that the ledger has not acknowledged spend, by slice.</summary>
    public async Task<Dictionary<string, decimal>> SpentAsync(CancellationToken cancellationToken)
    {
        const int batch = 1000;
        var spent = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var from = Records.Shipped;
        while (from < Records.Durable)
        {
            var (payloads, end) = await Records.ReadAsync(from, batch, cancellationToken);
            foreach (byte[] payload in payloads)
            {
                // What is taken back returns to the budget, not to the slice.
                if (
                    JsonSerializer.Deserialize(payload, ContractsJson.Default.UsageRecord) is
                    { SliceId: { } slice, CostUsd: > 0 and var cost }
                )
                {
                    spent[slice] = spent.GetValueOrDefault(slice) + cost;
                }
            }

            from = end;
        }

        return spent;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Records.DisposeAsync();
}
