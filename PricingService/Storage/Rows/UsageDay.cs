using ImageToText.Contracts.Ledger;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one day, key, model, node and gateway, which reports read.</summary>
internal sealed class UsageDay
{
    public DateOnly Day { get; set; }

    public required string KeyId { get; set; }

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
}
