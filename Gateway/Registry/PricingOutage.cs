using ImageToText.Contracts.Client;

namespace ImageToText.Gateway.Registry;

/// <summary>What shows that the pricing service is away, as services are at times; all else is a bug.</summary>
internal static class PricingOutage
{
    /// <summary>Whether a call that failed so may succeed later: it could not be made, was refused, or took too long.</summary>
    public static bool Explains(Exception failure) => failure is HttpRequestException or PricingException or OperationCanceledException;
}
