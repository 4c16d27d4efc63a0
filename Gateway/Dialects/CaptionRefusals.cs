using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.Dialects;

/// <summary>The statuses with which every route that captions may refuse.</summary>
internal static class CaptionRefusals
{
    private static readonly (int Status, string Meaning)[] All =
    [
        (400, "The request can't be read or contains no picture."),
        (401, "No API key, or one that is unknown, expired or revoked."),
        (402, "The budget is spent, or no node is within the price cap; the message names the cheapest offer."),
        (404, "No node offers the model."),
        (413, "The body or the picture is too large."),
        (415, "The content type or picture format is not supported."),
        (422, "The picture is damaged, or a parameter is out of range."),
        (429, "Too many requests, or every node is busy. Retry-After says when to try again."),
        (431, "The headers are too large or too many."),
        (503, "No node is available."),
        (507, "The server's disk is full, so the caption can't be charged. Nothing was charged."),
    ];

    /// <summary>Says that routes may refuse captions.</summary>
    /// <typeparam name="TError">What a refusal holds.</typeparam>
    public static RouteHandlerBuilder RefusesCaptions<TError>(this RouteHandlerBuilder route) =>
        route.WithMetadata([.. All.Select(static refusal => new RefusesAttribute<TError>(refusal.Status, refusal.Meaning))]);
}
