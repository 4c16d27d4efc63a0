using System.Text.Json;

namespace ImageToText.Captioning.ModelFiles;

/// <summary>Reads keys from one of a model folder's JSON files. Every error names file and key.</summary>
internal readonly struct ModelJson
{
    private readonly JsonElement _element;
    private readonly string _where;

    private ModelJson(JsonElement element, string where)
    {
        _element = element;
        _where = where;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFormatException">It is missing or not a JSON object.</exception>
    public static ModelJson Read(string folder, string file)
    {
        using var document =
            JsonFile.ReadIfPresent(Path.Combine(folder, file))
            ?? throw new ModelFormatException($"The model folder {Path.GetFileName(folder)} lacks {file}.");
        return new ModelJson(document.RootElement.Clone(), file);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="file">Its name.</param>
    /// <exception cref="ModelFormatException">Not a JSON object.</exception>
    public static ModelJson Parse(ReadOnlyMemory<byte> json, string file)
    {
        using var document = JsonFile.Parse(json, file);
        return new ModelJson(document.RootElement.Clone(), file);
    }

    /// <summary>An object below this one.</summary>
    public ModelJson Object(string key) =>
        TryGet(key, JsonValueKind.Object, out var value) ? new ModelJson(value, $"{_where}: {key}") : throw Missing(key, "an object");

    /// <summary>An object below this one, or null.</summary>
    public ModelJson? OptionalObject(string key) =>
        TryGet(key, JsonValueKind.Object, out var value) ? new ModelJson(value, $"{_where}: {key}") : null;

    /// <summary>An object below this one, or one without keys.</summary>
    public ModelJson ObjectOrEmpty(string key)
    {
        using var empty = JsonDocument.Parse("{}");
        return OptionalObject(key) ?? new ModelJson(empty.RootElement.Clone(), $"{_where}: {key}");
    }

    /// <summary>A list of objects.</summary>
    public IReadOnlyList<ModelJson> Objects(string key)
    {
        string where = _where;
        return TryGet(key, JsonValueKind.Array, out var value)
            ? [.. value.EnumerateArray().Select((item, index) => new ModelJson(item, $"{where}: {key}[{index}]"))]
            : throw Missing(key, "a list of objects");
    }

    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public int Int(string key, int minimum = 1) => OptionalInt(key, minimum) ?? throw Missing(key, "a whole number");

    /// <summary>A whole number of at least <paramref name="minimum"/>, or null.</summary>
    public int? OptionalInt(string key, int minimum = 0)
    {
        if (!TryGet(key, JsonValueKind.Number, out var value))
        {
            return null;
        }

        return value.TryGetInt32(out int number) && number >= minimum
            ? number
            : throw new ModelFormatException($"{_where}: {key} is {value.GetRawText()}; a whole number of at least {minimum} is expected.");
    }

    /// <summary>A number.</summary>
    public double Number(string key) => OptionalNumber(key) ?? throw Missing(key, "a number");

    /// <summary>A number, or null.</summary>
    public double? OptionalNumber(string key) => TryGet(key, JsonValueKind.Number, out var value) ? value.GetDouble() : null;

    /// <summary>A list of numbers of a given length.</summary>
    public double[] Numbers(string key, int count)
    {
        if (!TryGet(key, JsonValueKind.Array, out var value) || value.GetArrayLength() != count)
        {
            throw Missing(key, $"a list of {count} numbers");
        }

        return [.. value.EnumerateArray().Select(item => item.GetDouble())];
    }

    /// <summary>A list of whole numbers of a given length.</summary>
    public int[] Ints(string key, int count)
    {
        if (!TryGet(key, JsonValueKind.Array, out var value) || value.GetArrayLength() != count || !value.EnumerateArray().All(IsInt))
        {
            throw Missing(key, $"a list of {count} whole numbers");
        }

        return [.. value.EnumerateArray().Select(item => item.GetInt32())];
    }

    /// <summary>A list of Boolean values of a given length.</summary>
    public bool[] Bools(string key, int count)
    {
        if (!TryGet(key, JsonValueKind.Array, out var value) || value.GetArrayLength() != count || !value.EnumerateArray().All(IsTruth))
        {
            throw Missing(key, $"a list of {count} Boolean values");
        }

        return [.. value.EnumerateArray().Select(item => item.GetBoolean())];
    }

    /// <summary>Whether there is a key of this name.</summary>
    public bool Has(string key) => _element.TryGetProperty(key, out _);

    /// <summary>How many items a list has, at least one.</summary>
    public int Count(string key) =>
        TryGet(key, JsonValueKind.Array, out var value) && value.GetArrayLength() is > 0 and var count
            ? count
            : throw Missing(key, "a list");

    /// <summary>Height and width: two whole numbers of at least 1, or one for both; null if there are none.</summary>
    public (int Height, int Width)? OptionalSize(string key) =>
        TryGet(key, JsonValueKind.Array, out _) && Ints(key, 2) is [> 0 and var height, > 0 and var width] ? (height, width)
        : OptionalInt(key, 1) is { } side ? (side, side)
        : null;

    /// <summary>A text, or null.</summary>
    public string? OptionalText(string key) => TryGet(key, JsonValueKind.String, out var value) ? value.GetString() : null;

    /// <summary>A list of texts; empty if there is none.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        TryGet(key, JsonValueKind.Array, out var value)
            ?
            [
                .. value
                    .EnumerateArray()
                    .Where(static item => item.ValueKind == JsonValueKind.String)
                    .Select(static item => item.GetString()!),
            ]
            : [];

    /// <summary>A truth value, or null.</summary>
    public bool? OptionalBool(string key) =>
        TryGet(key, JsonValueKind.True, out _) ? true
        : TryGet(key, JsonValueKind.False, out _) ? false
        : null;

    /// <summary>Refuses what is not supported, and names it.</summary>
    public void Require(string key, string? actual, string supported)
    {
        if (actual is not null && actual != supported)
        {
            throw new ModelFormatException($"{_where}: {key} is \"{actual}\"; \"{supported}\" is supported.");
        }
    }

    /// <summary>Refuses what is not supported.</summary>
    public void Require<T>(string key, T actual, T supported)
        where T : struct
    {
        if (!actual.Equals(supported))
        {
            throw new ModelFormatException($"{_where}: {key} is {Shown(actual)}; {Shown(supported)} is supported.");
        }
    }

    /// <summary>The meaning of a name; a name without one is refused.</summary>
    public T Choice<T>(string key, string name, IReadOnlyDictionary<string, T> choices) =>
        choices.TryGetValue(name, out var choice)
            ? choice
            : throw new ModelFormatException($"{_where}: {key} is \"{name}\"; {string.Join(", ", choices.Keys)} are supported.");

    private static bool IsInt(JsonElement item) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _);

    private static bool IsTruth(JsonElement item) => item.ValueKind is JsonValueKind.True or JsonValueKind.False;

    private static string Shown<T>(T value) => value is bool truth ? (truth ? "true" : "false") : $"{value}";

    private bool TryGet(string key, JsonValueKind kind, out JsonElement value) =>
        _element.TryGetProperty(key, out value) && value.ValueKind == kind;

    private ModelFormatException Missing(string key, string expected) => new($"{_where} lacks {key}, {expected}.");
}
