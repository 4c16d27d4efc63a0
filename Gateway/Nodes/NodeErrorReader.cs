using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Nodes;

/// <summary>
/// Finds the message in a node's error in any shape: <c>detail.msg</c>, a list of <c>detail[].msg</c>, <c>error.message</c>.
/// </summary>
internal static class NodeErrorReader
{
    private const int Most = 64 * 1024;
    private const int MostWords = 500;

    /// <summary>What the node says; nothing if there is nothing to be found.</summary>
    public static async Task<NodeWords> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(Most, cancellationToken);
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            using var document = await JsonDocument.ParseAsync(stream, new JsonDocumentOptions { MaxDepth = 16 }, cancellationToken);
            var error = document.RootElement;
            return Words(error) is { Length: > 0 } words
                ? new NodeWords(words[..Math.Min(words.Length, MostWords)], FieldAtFault(error), CodeOf(error))
                : default;
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException or IOException or InvalidOperationException)
        {
            return default;
        }
    }

    private static string? CodeOf(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty("detail", out var detail) ? Text(detail, "code") : null;

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

    // A message that doesn't speak of its field gets the field's name in front.
    private static string? Field(JsonElement field)
    {
        string? words = Text(field, "msg");
        if (
            field.ValueKind != JsonValueKind.Object
            || !field.TryGetProperty("loc", out var place)
            || place.ValueKind != JsonValueKind.Array
            || words is null
        )
        {
            return words;
        }

        string[] steps = [.. place.EnumerateArray().Skip(1).Select(static step => step.ToString())];
        string sentence = words.TrimEnd('.') + ".";
        return steps is [.., var name] && Mentions(words, name) ? sentence : $"{string.Join('.', steps)}: {sentence}";
    }

    private static bool Mentions(string words, string name) =>
        words.Contains(name, StringComparison.OrdinalIgnoreCase)
        || (name is "image" or "expected_width" or "expected_height" && words.Contains("picture", StringComparison.OrdinalIgnoreCase));

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>What a node says about a request that it refuses.</summary>
/// <param name="Words">For people; null: nothing that can be read.</param>
/// <param name="Field">The field at fault; null: it names none.</param>
/// <param name="Code">For programs; null: none.</param>
internal readonly record struct NodeWords(string? Words, string? Field, string? Code)
{
    /// <summary>What to tell the caller.</summary>
    /// <param name="status">The node's status, from 400 to 499.</param>
    public Refusal Refuse(int status)
    {
        var kind = (status, Field, Code) switch
        {
            (_, _, "image_too_large") => ErrorCodeTable.ImageTooLarge,
            (413, _, _) => ErrorCodeTable.BodyTooLarge,
            (415, _, _) => ErrorCodeTable.UnsupportedImage,
            // A picture that decodes to another size than its header claims is not the one that was priced.
            (422, null or "image" or "expected_width" or "expected_height", _) => ErrorCodeTable.InvalidImage,
            (422, _, _) => ErrorCodeTable.InvalidParameter,
            _ => ErrorCodeTable.InvalidRequest,
        };
        return new Refusal(kind, Words ?? "The node refused the request as one that can't be captioned.")
        {
            Parameter =
                kind == ErrorCodeTable.InvalidParameter || kind == ErrorCodeTable.InvalidRequest ? Field : Refusals.PictureParameter,
        };
    }
}
