using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;

namespace ImageToText.Client.Requests;

/// <summary>Reads answers and validates them.</summary>
internal static class Answers
{
    /// <summary>The most bytes in an answer. A hundred captions with all details take a few hundred kilobytes.</summary>
    public const int MostBytes = 32 * 1024 * 1024;

    private const int MostErrorBytes = 64 * 1024;
    private const int MostWords = 2000;

    /// <summary>Reads an answer's JSON.</summary>
    /// <exception cref="JsonException">The answer is not what was asked for.</exception>
    public static async Task<T> ReadAsync<T>(
        HttpResponseMessage response,
        JsonTypeInfo<T> type,
        Predicate<T> isWhole,
        CancellationToken cancellationToken
    )
        where T : class
    {
        await using var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), MostBytes);
        var answer = await JsonSerializer.DeserializeAsync(body, type, cancellationToken);
        return answer is not null && isWhole(answer) ? answer : throw new JsonException("The answer lacks what was asked for.");
    }

    /// <summary>Reads a caption and what the headers say about it.</summary>
    /// <exception cref="JsonException">The answer has no text.</exception>
    public static Caption CaptionOf(CaptionResponse? answer, CaptionReceipt receipt) =>
        answer?.Text is { } text
            ? new Caption
            {
                Text = text,
                ModelId = answer.ModelId,
                Details = answer.Details,
                Receipt = receipt,
            }
            : throw new JsonException("The answer holds no caption.");

    /// <summary>Reads what the headers say about an answer.</summary>
    public static CaptionReceipt ReceiptOf(HttpResponseMessage response) =>
        new()
        {
            RequestId = Header(response, "x-request-id"),
            CostUsd = decimal.TryParse(
                Header(response, "x-cost-usd"),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out decimal cost
            )
                ? cost
                : null,
            Cache = Header(response, "x-cache"),
            ModelRevision = Header(response, "x-model-revision"),
            Node = Header(response, "x-node"),
            ServerTiming = Header(response, "Server-Timing"),
        };

    /// <summary>
    /// Reads a refusal in any shape: ours, Hugging Face's or a runner's. If it can't be read, the status stands for it.
    /// </summary>
    public static async Task<ImageToTextException> ErrorOfAsync(
        HttpResponseMessage response,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), MostErrorBytes);
            using var document = await JsonDocument.ParseAsync(body, new JsonDocumentOptions { MaxDepth = 16 }, cancellationToken);
            return ErrorOf(document.RootElement, response, now);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidDataException)
        {
            return ErrorOf(default, response, now, unreadable);
        }
    }

    /// <summary>Reads a refusal that came inside a stream.</summary>
    /// <exception cref="JsonException">It is not a refusal.</exception>
    public static ImageToTextException ErrorOf(ReadOnlySpan<byte> data, HttpResponseMessage response, DateTimeOffset now)
    {
        var reader = new Utf8JsonReader(data);
        using var document = JsonDocument.ParseValue(ref reader);
        return ErrorOf(document.RootElement, response, now);
    }

    private static ImageToTextException ErrorOf(JsonElement root, HttpResponseMessage response, DateTimeOffset now, Exception? inner = null)
    {
        var error = Member(root, "error") is { ValueKind: not JsonValueKind.Undefined } ours ? ours : Member(root, "detail");
        string? words = error.ValueKind == JsonValueKind.String ? error.GetString() : Text(error, "message") ?? Text(error, "msg");
        int status = (int)response.StatusCode;
        string message =
            string.IsNullOrWhiteSpace(words)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"The service refused the request with HTTP {status} and gave no readable reason."
                )
            : words.Length > MostWords ? words[..MostWords]
            : words;
        return new ImageToTextException(Text(error, "code") ?? Text(root, "code") ?? ClientErrorCode.Unexplained, message, inner)
        {
            // The stream began with a 200, which is not an error's status.
            StatusCode = response.IsSuccessStatusCode ? null : response.StatusCode,
            RequestId = Text(error, "request_id") ?? Header(response, "x-request-id"),
            RetryAfter = RetryAfterOf(response, now),
            CheapestPricePerPixel =
                Member(error, "cheapest_price_per_pixel") is { ValueKind: JsonValueKind.Number } price
                && price.TryGetDecimal(out decimal cheapest)
                    ? cheapest
                    : null,
        };
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, DateTimeOffset now)
    {
        var told = response.Headers.RetryAfter;
        var wait = told?.Delta ?? (told?.Date is { } date ? date - now : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
