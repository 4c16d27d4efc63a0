namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A request whose record is in an archive; it is recognized if a gateway sends it again.</summary>
internal sealed class ArchivedRequest
{
    public required string RequestId { get; set; }
}
