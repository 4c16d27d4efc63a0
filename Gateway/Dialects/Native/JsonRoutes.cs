using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>Who may call a route that answers with JSON.</summary>
internal enum Audience
{
    /// <summary>Anyone whom the gateway serves.</summary>
    Known,

    /// <summary>The same, and each call counts as one of the key's requests.</summary>
    Counted,

    /// <summary>The people who run the network, by a key with scope <c>operate</c>.</summary>
    Operators,
}

/// <summary>Endpoint metadata: who may call, in which dialect refusals are, and how long an answer may take.</summary>
/// <param name="Audience">Who may call.</param>
/// <param name="Dialect">The dialect.</param>
internal sealed record JsonRoute(Audience Audience, Type Dialect)
{
    /// <summary>How long the answer may take; null: as long as the pricing service may take.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is told if it takes longer; null: that the pricing service can't be reached.</summary>
    public Func<TimeSpan, Refusal>? TooLate { get; init; }
}

/// <summary>
/// Routes that are answered with JSON, mostly by the pricing service. The caller is admitted before anything of a request is read:
/// parameters are bound as text and bodies not at all, so that a request without a key is told about the key first.
/// </summary>
internal static class JsonRoutes
{
    private const int LongestBody = 64 * 1024;

    /// <summary>Restricts routes to some callers.</summary>
    public static TBuilder Admit<TBuilder>(
        this TBuilder routes,
        Audience audience,
        TimeSpan? timeout = null,
        Func<TimeSpan, Refusal>? tooLate = null
    )
        where TBuilder : IEndpointConventionBuilder
    {
        routes
            .WithMetadata(new JsonRoute(audience, typeof(NativeDialect)) { Timeout = timeout, TooLate = tooLate })
            .Refuses(StatusCodes.Status401Unauthorized, "No API key, or one that is unknown, expired or revoked.")
            .Refuses(StatusCodes.Status503ServiceUnavailable, "The pricing service can't be reached.");
        return audience == Audience.Operators
            ? routes.Refuses(
                StatusCodes.Status403Forbidden,
                "The API key lacks the scope operate, or a page of another site sent the request."
            )
            : routes;
    }

    /// <summary>The caller of a request.</summary>
    public static KeyGrant Caller(this HttpContext http) => (KeyGrant)http.Items[typeof(KeyGrant)]!;

    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="RefusalException">400, 413 or 415: there is no readable body.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        if (!http.Request.HasJsonContentType())
        {
            throw Refusals.UnsupportedContentType(http.Request.ContentType, "application/json");
        }

        try
        {
            byte[] body = new byte[LongestBody + 1];
            int length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, http.RequestAborted);
            return length > LongestBody
                ? throw Refusals.TooLarge(LongestBody)
                : JsonSerializer.Deserialize(body.AsSpan(0, length), type)
                    ?? throw Refusals.BadRequest("The body is null: send a JSON object.");
        }
        catch (IOException failure)
        {
            throw Refusals.Unread(failure, LongestBody);
        }
        catch (JsonException bad)
        {
            throw Refusals.BadRequest("The body is not the JSON expected here: " + bad.Message, inner: bad);
        }
    }

    /// <summary>A query parameter; a blank one counts as missing.</summary>
    public static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    /// <summary>A day in a query parameter; null: missing.</summary>
    /// <exception cref="RefusalException">400: it is not a day.</exception>
    public static DateOnly? Day(string? value, string name) =>
        Text(value) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw Refusals.BadRequest($"'{name}' must be a day such as 2026-01-31.", name);
}
