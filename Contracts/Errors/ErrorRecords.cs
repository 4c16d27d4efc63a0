namespace ImageToText.Contracts;

/// <summary>The shape of every error: <c>{"error":{"message","code","param","request_id"}}</c>.</summary>
/// <param name="Error">What went wrong.</param>
public sealed record ErrorBody(ErrorDetail Error);

/// <summary>What went wrong.</summary>
/// <param name="Message">For people: what was wrong, with what, and what to do.</param>
/// <param name="Code">For programs, <c>snake_case</c>.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="CheapestPricePerPixel">USD per pixel of the cheapest offer, if all were above the caller's cap.</param>
/// <param name="Param">The field or option at fault, if it is one.</param>
public sealed record ErrorDetail(
    string Message,
    string Code,
    string? RequestId = null,
    decimal? CheapestPricePerPixel = null,
    string? Param = null
);
