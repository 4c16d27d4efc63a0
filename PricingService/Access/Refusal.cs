namespace ImageToText.PricingService.Access;

/// <summary>A refused request, which becomes the answer's status and error body.</summary>
internal sealed class Refusal(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public static Refusal Invalid(string message) => new(StatusCodes.Status400BadRequest, "invalid_request", message);

    public static Refusal NotFound(string message) => new(StatusCodes.Status404NotFound, "not_found", message);

    public static Refusal Conflict(string message) => new(StatusCodes.Status409Conflict, "conflict", message);

    public static Refusal Unauthorized(string message) => new(StatusCodes.Status401Unauthorized, "unauthorized", message);

    public static Refusal Forbidden(string message) => new(StatusCodes.Status403Forbidden, "forbidden", message);
}
