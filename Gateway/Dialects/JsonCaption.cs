using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// A caption as the JSON object that a caller asked for. A captioning model writes one text, so the object has one property with that
/// text, under the name that the caller's schema gives it.
/// </summary>
internal sealed class JsonCaption
{
    private const string Usual = "caption";

    // The names under which callers want a picture's text, the best first.
    private static readonly string[] Names = [Usual, "description", "alt_text", "alt", "text", "answer", "response", "summary", "title"];

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _name;
    private readonly bool _isList;

    private JsonCaption(string name, bool isList)
    {
        _name = name;
        _isList = isList;
    }

    /// <summary>Any object will do.</summary>
    public static JsonCaption Any { get; } = new(Usual, isList: false);

    /// <summary>The object that a JSON schema describes.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="parameter">The field of the request that holds it.</param>
    /// <exception cref="RefusalException">400: no caption can satisfy the schema.</exception>
    public static JsonCaption Of(JsonElement schema, string parameter)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw Refusals.BadRequest($"'{parameter}' must be a JSON schema.", parameter);
        }

        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
        {
            return Is(schema, "object") ? Any : throw Impossible(parameter, "it must describe an object");
        }

        string[] required =
            schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(static name => name.ToString())]
                : [];
        if (required.Length > 1)
        {
            throw Impossible(parameter, $"it requires {required.Length} properties");
        }

        var texts = properties.EnumerateObject().Where(static property => IsText(property.Value)).ToArray();
        var chosen =
            required.Length == 1
                ? texts.FirstOrDefault(text => text.NameEquals(required[0]))
                : Names
                    .Select(name => texts.FirstOrDefault(text => text.NameEquals(name)))
                    .Append(texts.FirstOrDefault())
                    .FirstOrDefault(static text => text.Value.ValueKind != JsonValueKind.Undefined);
        return chosen.Value.ValueKind != JsonValueKind.Undefined
            ? new JsonCaption(chosen.Name, Is(chosen.Value, "array"))
            : throw Impossible(parameter, required.Length == 1 ? $"'{required[0]}' is no text" : "it has no property for a text");
    }

    /// <summary>The object.</summary>
    public string Write(string caption)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartObject();
            if (_isList)
            {
                writer.WriteStartArray(_name);
                writer.WriteStringValue(caption);
                writer.WriteEndArray();
            }
            else
            {
                writer.WriteString(_name, caption);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool IsText(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object
        && !schema.TryGetProperty("enum", out _)
        && !schema.TryGetProperty("const", out _)
        && (
            Is(schema, "string")
            || (
                Is(schema, "array")
                && schema.TryGetProperty("items", out var items)
                && items.ValueKind == JsonValueKind.Object
                && Is(items, "string")
            )
        );

    private static bool Is(JsonElement schema, string type) =>
        schema.TryGetProperty("type", out var named)
        && (
            named.ValueKind == JsonValueKind.String
                ? named.ValueEquals(type)
                : named.ValueKind == JsonValueKind.Array
                    && named.EnumerateArray().Any(each => each.ValueKind == JsonValueKind.String && each.ValueEquals(type))
        );

    private static RefusalException Impossible(string parameter, string why) =>
        Refusals.BadRequest(
            $"'{parameter}' can't be filled with a caption, because {why}: ask for an object with one required text, such as "
                + """{"type":"object","properties":{"caption":{"type":"string"}},"required":["caption"]}.""",
            parameter
        );
}
