using System.Text.Json;

namespace ImageToText.Captioning.Tokenization;

/// <summary>A value in a tokenizer's file, with its file and key. Errors name both.</summary>
/// <param name="file">The file's path.</param>
/// <param name="key">The keys that lead to the value ("pre_tokenizer.pretokenizers[0]"); empty for the root.</param>
/// <param name="element">The value.</param>
internal readonly struct JsonPlace(string file, string key, JsonElement element)
{
    /// <summary>The value itself.</summary>
    public JsonElement Element => element;

    /// <summary>The value's type key ("BPE", "ByteLevel"); null if it has none.</summary>
    public string? Type => Find("type") is { Element.ValueKind: JsonValueKind.String } type ? type.Element.GetString() : null;

    /// <summary>The value of a key; null if it is missing or null.</summary>
    public JsonPlace? Find(string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new JsonPlace(file, PathOf(name), value)
            : null;

    /// <summary>The value of a key.</summary>
    /// <exception cref="ModelFormatException">It is missing or of another kind.</exception>
    public JsonPlace Get(string name, JsonValueKind kind, string expected)
    {
        if (Find(name) is not { } place)
        {
            throw new ModelFormatException($"{file}: {PathOf(name)} is missing; {expected} is expected.");
        }

        place.Require(kind, expected);
        return place;
    }

    /// <summary>Refuses a value of another kind.</summary>
    public void Require(JsonValueKind kind, string expected)
    {
        if (element.ValueKind != kind)
        {
            throw Refused(expected);
        }
    }

    /// <summary>Another value at the same place, for an entry of an object whose keys are pieces.</summary>
    public JsonPlace With(JsonElement value) => new(file, key, value);

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        (string path, string name) = (file, key);
        return element.EnumerateArray().Select((item, index) => new JsonPlace(path, $"{name}[{index}]", item));
    }

    /// <summary>A true or false; null if the key is missing.</summary>
    /// <exception cref="ModelFormatException">It is of another kind.</exception>
    public bool? Flag(string name) =>
        Find(name) is not { } place
            ? null
            : place.Element.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw place.Refused("true or false"),
            };

    /// <summary>A text; null if the key is missing.</summary>
    /// <exception cref="ModelFormatException">It is of another kind.</exception>
    public string? Text(string name) =>
        Find(name) is not { } place ? null
        : place.Element.ValueKind == JsonValueKind.String ? place.Element.GetString()
        : throw place.Refused("a text");

    /// <summary>Refuses a value that would change the tokenizer in an unsupported way.</summary>
    public void Expect(string name, Func<JsonElement, bool> isSupported, string supported)
    {
        if (Find(name) is { } place && !isSupported(place.Element))
        {
            throw place.Refused(supported);
        }
    }

    /// <summary>An id within the limits of a vocabulary.</summary>
    /// <exception cref="ModelFormatException">It is not one; the message names the piece.</exception>
    public int Id(string piece) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and < Vocabulary.MaxPieces
            ? id
            : throw new ModelFormatException(
                $"{file}: {(key.Length == 0 ? "" : $"{key}: ")}the id of \"{piece}\" is {Shown()}; "
                    + $"0 to {Vocabulary.MaxPieces - 1} is expected."
            );

    /// <summary>The exception for an unsupported value.</summary>
    public ModelFormatException Refused(string expected) =>
        new($"{file}: {(key.Length == 0 ? "the root" : key)} is {Shown()}; {expected} is expected.");

    /// <summary>The exception for an unsupported type.</summary>
    public ModelFormatException UnknownType(string supported) =>
        new($"{file}: {key}.type is {(Type is { } type ? type : Find("type")?.Shown() ?? "missing")}; {supported} is supported.");

    private string PathOf(string name) => key.Length == 0 ? name : $"{key}.{name}";

    private string Shown()
    {
        string text = element.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "…";
    }
}
