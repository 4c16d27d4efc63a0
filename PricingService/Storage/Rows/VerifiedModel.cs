namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A model that has been verified.</summary>
internal sealed class VerifiedModel
{
    public required string ModelId { get; set; }

    public required string RequestId { get; set; }

    public DateTimeOffset VerifiedAt { get; set; }

    public string? MeasurementsJson { get; set; }
}
