using System.Text.Json;

namespace ImageToText.Gateway.Forwarding;

/// <summary>
/// Finds the message in a node's error in any shape: <c>detail.msg</c>, a list of <c>detail[].msg</c>, <c>error.message</c>.
/// </summary>
internal static class NodeErrorReader
{
    private const int Most = 64 * 1024;
    private const int MostWords = 500;

    /// <summary>The words, and the field at fault; null: there are none to be found.</summary>
    public static async Task<(string? Words, string? Field)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(Most, cancellationToken);
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            using var document = await JsonDocument.ParseAsync(stream, new JsonDocumentOptions { MaxDepth = 16 }, cancellationToken);
            return Words(document.RootElement) is { Length: > 0 } words
                ? (words[..Math.Min(words.Length, MostWords)], FieldAtFault(document.RootElement))
                : default;
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException or IOException or InvalidOperationException)
        {
            return default;
        }
    }

    // The last step of the place of the first fault: "prompt" of ["body", "prompt"].
    private static string? FieldAtFault(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("detail", out var detail)
        && detail.ValueKind == JsonValueKind.Array
        && detail.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
        && first.TryGetProperty("loc", out var place)
        && place.ValueKind == JsonValueKind.Array
        && place.EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.String } name
            ? name.GetString()
            : null;

    private static string? Words(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (error.TryGetProperty("error", out var inner))
        {
            return inner.ValueKind == JsonValueKind.String ? inner.GetString() : Text(inner, "message");
        }

        if (!error.TryGetProperty("detail", out var detail))
        {
            return null;
        }

        return detail.ValueKind switch
        {
            JsonValueKind.String => detail.GetString(),
            JsonValueKind.Array => string.Join(" ", detail.EnumerateArray().Select(Field)),
            _ => Text(detail, "msg"),
        };
    }

    private static string? Field(JsonElement field)
    {
        string? words = Text(field, "msg");
        return
            field.ValueKind == JsonValueKind.Object && field.TryGetProperty("loc", out var place) && place.ValueKind == JsonValueKind.Array
            ? $"{string.Join('.', place.EnumerateArray().Skip(1))}: {words?.TrimEnd('.')}."
            : words;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
