namespace ImageToText.PricingService.Storage.Rows;

/// <summary>What archived records of a key add up to, for the reconciliation.</summary>
internal sealed class ArchivedKey
{
    public required string KeyId { get; set; }

    public decimal Delivered { get; set; }

    public decimal Charged { get; set; }

    /// <summary>The part of <see cref="Charged"/> that was charged against slices.</summary>
    public decimal AgainstSlices { get; set; }
}
