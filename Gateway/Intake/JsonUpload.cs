using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// A JSON body whose long strings are cut out. What remains is small, and pictures among the strings are decoded straight from
/// the body, once, when a dialect asks for them.
/// </summary>
internal sealed class JsonUpload : IDisposable
{
    // Longer than any prompt. A shorter picture simply stays where it is.
    private const int LongString = 8 * 1024;
    private const string Mark = "\u0001long:";

    private readonly JsonDocument _document;
    private readonly List<(Picture? Picture, Refusal? Refusal)> _long;
    private readonly Allowance _allowance;
    private readonly PictureLimits _limits;

    private JsonUpload(JsonDocument document, List<(Picture? Picture, Refusal? Refusal)> @long, Allowance allowance, PictureLimits limits)
    {
        _document = document;
        _long = @long;
        _allowance = allowance;
        _limits = limits;
    }

    /// <summary>The body, with placeholders for long strings.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>The body, which has to be an object.</summary>
    /// <exception cref="RefusalException">400: it is something else.</exception>
    public JsonElement Object =>
        Root.ValueKind == JsonValueKind.Object ? Root : throw Refusals.BadRequest("The body must be a JSON object.");

    /// <summary>Reads <paramref name="bytes"/>.</summary>
    /// <exception cref="RefusalException">400: not JSON, or nested too deeply.</exception>
    public static JsonUpload Parse(PooledBytes bytes, Allowance allowance, PictureLimits limits)
    {
        var found = new List<(Picture? Picture, Refusal? Refusal)>();
        try
        {
            var reader = new Utf8JsonReader(bytes.Sequence, new JsonReaderOptions { MaxDepth = 32 });
            var small = new ArrayBufferWriter<byte>(1024);
            using (var writer = new Utf8JsonWriter(small, new JsonWriterOptions { SkipValidation = true }))
            {
                while (reader.Read())
                {
                    Copy(ref reader, writer, found, allowance, limits);
                }
            }

            return new JsonUpload(
                JsonDocument.Parse(small.WrittenMemory, new JsonDocumentOptions { MaxDepth = 32 }),
                found,
                allowance,
                limits
            );
        }
        catch (Exception exception)
        {
            found.ForEach(static text => text.Picture?.Dispose());
            if (exception is JsonException or InvalidOperationException)
            {
                throw Refusals.BadRequest("The body is not JSON that can be read: " + exception.Message, inner: exception);
            }

            throw;
        }
    }

    /// <summary>What an object holds under a name; undefined if it holds nothing, or null.</summary>
    public static JsonElement Member(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    /// <summary>The string in <paramref name="element"/>; null if there is none.</summary>
    /// <exception cref="RefusalException">400: it is too long for a text, or not a string.</exception>
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String when IsCutOut(element) => throw Refusals.BadRequest($"'{name}' is too long.", name),
            JsonValueKind.String => element.GetString(),
            _ => throw Refusals.BadRequest($"'{name}' must be a string.", name),
        };

    /// <summary>An option's value, a string, number or truth value, as text; null if there is none.</summary>
    /// <exception cref="RefusalException">422: it is too long, or of another kind.</exception>
    public static string? Scalar(JsonElement element, string name) =>
        element.ValueKind switch
        {
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
            JsonValueKind.String when IsCutOut(element) => throw Refusals.InvalidOption(name, $"'{name}' is too long."),
            JsonValueKind.Array or JsonValueKind.Object => throw Refusals.InvalidOption(
                name,
                $"'{name}' must be one value: text, a number, true or false."
            ),
            _ => Text(element, name),
        };

    /// <summary>Whether <paramref name="element"/> is a string that was cut out because of its length.</summary>
    public bool IsLong(JsonElement element) => element.ValueKind == JsonValueKind.String && _long.Count > 0 && IsCutOut(element);

    /// <summary>
    /// The picture in <paramref name="element"/>, a string in base64 or a data URL. It now belongs to the caller.
    /// </summary>
    /// <exception cref="RefusalException">The string holds no acceptable picture.</exception>
    public Picture TakePicture(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw Refusals.BadRequest(
                element.ValueKind is JsonValueKind.Array or JsonValueKind.Object
                    ? PictureText.Numbers
                    : $"'{name}' must be a string: the picture in base64, or as a data URL.",
                name
            );
        }

        string text = element.GetString()!;
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return string.IsNullOrWhiteSpace(text) ? throw Refusals.MissingPicture(name) : DecodeShort(text);
        }

        if (!int.TryParse(text.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= _long.Count)
        {
            throw Refusals.BadRequest($"'{name}' is not base64.", name);
        }

        var (picture, refusal) = _long[index];
        _long[index] = (null, Refusals.BadRequest($"'{name}' is used twice.", name).Refusal);
        return picture ?? throw new RefusalException(refusal!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        _long.ForEach(static text => text.Picture?.Dispose());
    }

    // What is short may be a text that someone sent by mistake.
    private Picture DecodeShort(string text)
    {
        try
        {
            return Decode(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), _allowance, _limits);
        }
        // Not if it began as a picture does.
        catch (RefusalException refused)
            when (refused.Refusal.Status is 400 or 415
                && !text.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
                && PictureText.Explain(text) is { } explained
            )
        {
            throw Refusals.UnsupportedPicture(explained);
        }
    }

    /// <summary>The name of a property of the body that may hold a picture; null: there is none.</summary>
    public string? FindPicture() =>
        Root.ValueKind == JsonValueKind.Object
            ? Root.EnumerateObject().Where(property => IsLong(property.Value)).Select(static property => property.Name).FirstOrDefault()
            : null;

    private static bool IsCutOut(JsonElement element) => element.GetString()!.StartsWith(Mark, StringComparison.Ordinal);

    private static void Copy(
        ref Utf8JsonReader reader,
        Utf8JsonWriter writer,
        List<(Picture? Picture, Refusal? Refusal)> found,
        Allowance allowance,
        PictureLimits limits
    )
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteStartObject();
                break;
            case JsonTokenType.EndObject:
                writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                break;
            case JsonTokenType.EndArray:
                writer.WriteEndArray();
                break;
            case JsonTokenType.PropertyName:
                writer.WritePropertyName(reader.GetString()!);
                break;
            case JsonTokenType.String when LengthOf(ref reader) > LongString:
                writer.WriteStringValue(Mark + found.Count.ToString(CultureInfo.InvariantCulture));
                found.Add(DecodeLong(ref reader, allowance, limits));
                break;
            case JsonTokenType.String:
                writer.WriteStringValue(reader.GetString());
                break;
            case JsonTokenType.Number when LengthOf(ref reader) > 64:
                throw Refusals.BadRequest("The body holds a number of more than 64 digits.");
            case JsonTokenType.Number:
                writer.WriteRawValue(
                    reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan,
                    skipInputValidation: true
                );
                break;
            case JsonTokenType.True:
                writer.WriteBooleanValue(true);
                break;
            case JsonTokenType.False:
                writer.WriteBooleanValue(false);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static long LengthOf(ref Utf8JsonReader reader) =>
        reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;

    // A long string that is not a picture is an error only if a dialect wants it, so its refusal is kept.
    private static (Picture? Picture, Refusal? Refusal) DecodeLong(ref Utf8JsonReader reader, Allowance allowance, PictureLimits limits)
    {
        long unescaped = 0L;
        try
        {
            ReadOnlySequence<byte> text;
            if (reader.ValueIsEscaped)
            {
                // Some serializers write '/' as '\/' and '+' as '\u002B'.
                allowance.Room.Acquire(LengthOf(ref reader));
                unescaped = LengthOf(ref reader);
                byte[] plain = GC.AllocateUninitializedArray<byte>((int)unescaped);
                text = new ReadOnlySequence<byte>(plain, 0, reader.CopyString(plain));
            }
            else
            {
                text = reader.HasValueSequence ? reader.ValueSequence : new ReadOnlySequence<byte>(reader.ValueSpan.ToArray());
            }

            return (Decode(text, allowance, limits), null);
        }
        catch (RefusalException refused) when (refused.Refusal.Status != 429)
        {
            return (null, refused.Refusal);
        }
        finally
        {
            allowance.Room.Release(unescaped);
        }
    }

    private static Picture Decode(ReadOnlySequence<byte> text, Allowance allowance, PictureLimits limits)
    {
        text = Base64Picture.WithoutDataUrl(text);
        using var builder = new PictureBuilder(allowance, (text.Length / 4 * 3) + 3, limits);
        Base64Picture.Decode(text, builder);
        return builder.Complete(null);
    }
}
