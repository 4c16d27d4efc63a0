using System.Diagnostics.CodeAnalysis;
using ImageToText.Contracts.Ledger;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one model, node and gateway in one period of time, which reports read.</summary>
internal abstract class UsageSums
{
    protected UsageSums() { }

    /// <summary>The sum that a record counts in, with nothing in it yet.</summary>
    [SetsRequiredMembers]
    protected UsageSums(LedgerRow row)
    {
        ModelId = row.ModelId;
        NodeId = row.NodeId ?? "";
        GatewayId = row.GatewayId;
    }

    /// <summary>The key; empty: all of them.</summary>
    public string KeyId { get; set; } = "";

    public required string ModelId { get; set; }

    /// <summary>Empty for captions that no node made.</summary>
    public required string NodeId { get; set; }

    public required string GatewayId { get; set; }

    public long Captions { get; set; }

    public long CacheHits { get; set; }

    public long Pixels { get; set; }

    public long Tokens { get; set; }

    public decimal CostUsd { get; set; }

    public decimal ChargedUsd { get; set; }

    public UsageSum Sum => new(Captions, CacheHits, Pixels, Tokens, CostUsd, ChargedUsd);

    /// <summary>Adds a record of the ledger.</summary>
    public void Add(LedgerRow row)
    {
        Captions += row.Captions;
        CacheHits += row.Cache == CacheOutcome.Miss ? 0 : row.Captions;
        Pixels += row.Pixels;
        Tokens += row.Tokens ?? 0;
        CostUsd += row.CostUsd;
        ChargedUsd += row.ChargedUsd;
    }
}
