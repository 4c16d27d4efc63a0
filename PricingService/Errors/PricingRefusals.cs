namespace ImageToText.PricingService.Errors;

/// <summary>Every refusal that is said in a word and a status.</summary>
internal static class PricingRefusals
{
    public static PricingRefusalException Invalid(string message) => new(StatusCodes.Status400BadRequest, "invalid_request", message);

    public static PricingRefusalException NotFound(string message) => new(StatusCodes.Status404NotFound, "not_found", message);

    public static PricingRefusalException Conflict(string message) => new(StatusCodes.Status409Conflict, "conflict", message);

    public static PricingRefusalException Unauthorized(string message) => new(StatusCodes.Status401Unauthorized, "unauthorized", message);

    public static PricingRefusalException Forbidden(string message) => new(StatusCodes.Status403Forbidden, "forbidden", message);
}
