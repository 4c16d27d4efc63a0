namespace ImageToText.PricingService.Errors;

/// <summary>Ends a request that is refused: becomes the answer's status and error body.</summary>
internal sealed class PricingRefusalException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
