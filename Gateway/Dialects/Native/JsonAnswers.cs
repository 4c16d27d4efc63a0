using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>Handles requests answered with JSON, mostly by the pricing service, whose refusals become ours.</summary>
internal sealed class JsonAnswers(
    CaptionEndpoint endpoint,
    NativeDialect dialect,
    IOptions<PricingConnectionOptions> registry,
    TimeProvider time
)
{
    private const int LongestBody = 64 * 1024;

    /// <summary>Handles a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="admit">Returns the caller, or the refusal.</param>
    /// <param name="type">The JSON type of the answer.</param>
    /// <param name="answer">Makes the answer.</param>
    /// <param name="status">The status for success.</param>
    /// <param name="timeout">How long the answer may take; null: as long as the pricing service may take.</param>
    public Task AnswerAsync<T>(
        HttpContext http,
        Func<HttpContext, ValueTask<KeyGrant>> admit,
        JsonTypeInfo<T> type,
        Func<KeyGrant, CancellationToken, Task<T>> answer,
        int status = StatusCodes.Status200OK,
        TimeSpan? timeout = null
    ) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                var caller = await admit(http);
                using var late = new CancellationTokenSource(timeout ?? registry.Value.CallTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
                T value;
                try
                {
                    value = await answer(caller, either.Token);
                }
                catch (PricingException refused) when ((int)refused.Status is >= 400 and < 500 and not 401 and not 403)
                {
                    throw new RefusalException(new Refusal((int)refused.Status, refused.Code, refused.Message), refused);
                }
                catch (Exception failure)
                    when (failure is HttpRequestException or PricingException
                        || (failure is OperationCanceledException && !http.RequestAborted.IsCancellationRequested)
                    )
                {
                    throw Refusals.PricingUnreachable(failure);
                }

                http.Response.StatusCode = status;
                http.Response.Headers.CacheControl = "no-store";
                await http.Response.WriteAsJsonAsync(value, type, cancellationToken: http.RequestAborted);
            }
        );

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

    /// <summary>A day in the query parameters; null: missing.</summary>
    /// <exception cref="RefusalException">400: it is not a day.</exception>
    public static DateOnly? Day(HttpContext http, string name) =>
        Text(http.Request.Query[name]) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw Refusals.BadRequest($"'{name}' must be a day such as 2026-01-31.", name);
}
