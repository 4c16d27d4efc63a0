using ImageToText.Contracts.Prices;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A price that an operator has set or withdrawn.</summary>
internal sealed class SetPrice
{
    public long Id { get; set; }

    public string? NodeId { get; set; }

    public string? ModelId { get; set; }

    /// <summary>Null: withdrawn.</summary>
    public decimal? PricePerUnit { get; set; }

    public decimal? PixelsPerUnit { get; set; }

    public Currency? Currency { get; set; }

    public DateTimeOffset From { get; set; }

    public DateTimeOffset? Until { get; set; }

    public string? ChangedBy { get; set; }

    public string? Note { get; set; }

    public Price? Price => PricePerUnit is { } amount ? new(amount, PixelsPerUnit!.Value, Currency!.Value) : null;

    public PriceHistoryEntry ToContract() => new(Id, NodeId, ModelId, Price, From, Until, ChangedBy, Note);
}
