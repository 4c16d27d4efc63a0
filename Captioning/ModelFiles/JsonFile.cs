using System.Text.Json;

namespace ImageToText.Captioning.ModelFiles;

/// <summary>Reads a JSON file of a model folder. Errors name file, line and key.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The file's root object; null if there is no such file.</summary>
    /// <exception cref="ModelFormatException">Not JSON, or not an object.</exception>
    public static JsonDocument? ReadIfPresent(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>The root object of a file's bytes.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="path">The file's path, for error messages.</param>
    /// <exception cref="ModelFormatException">Not JSON, or not an object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            var document = JsonDocument.Parse(json, Lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw new ModelFormatException($"{path}: line 1: a JSON object is expected.");
        }
        catch (JsonException fault)
        {
            throw new ModelFormatException($"{path}: line {(fault.LineNumber ?? 0) + 1}: not valid JSON: {fault.Message}", fault);
        }
    }

    /// <summary>The value of <paramref name="key"/>; null when it is missing or null.</summary>
    /// <exception cref="ModelFormatException">The value is of another kind.</exception>
    public static T? Get<T>(JsonElement parent, string path, string key, string expected, Func<JsonElement, T?> read)
        where T : struct
    {
        if (!parent.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return read(value) ?? throw new ModelFormatException($"{path}: {key} is {value.GetRawText()}; {expected} is expected.");
    }

    /// <summary>A true or false.</summary>
    public static bool? GetBoolean(JsonElement parent, string path, string key) =>
        Get(
            parent,
            path,
            key,
            "true or false",
            value =>
                value.ValueKind switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => (bool?)null,
                }
        );

    /// <summary>A whole number (1.0 counts).</summary>
    public static int? GetInteger(JsonElement parent, string path, string key) =>
        Get(
            parent,
            path,
            key,
            "a whole number",
            value =>
                value.ValueKind == JsonValueKind.Number
                && value.TryGetDouble(out double number)
                && number == Math.Floor(number)
                && Math.Abs(number) <= int.MaxValue
                    ? (int)number
                    : (int?)null
        );

    /// <summary>A number.</summary>
    public static float? GetNumber(JsonElement parent, string path, string key) =>
        Get(
            parent,
            path,
            key,
            "a finite number",
            value =>
                value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) && float.IsFinite(number)
                    ? number
                    : (float?)null
        );
}
