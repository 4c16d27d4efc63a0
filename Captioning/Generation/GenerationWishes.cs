using System.Globalization;
using System.Text.Json;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// Reads a checkpoint's wishes one by one. One out of range gives way with a warning: the model loads, and the default
/// counts. A value of the wrong kind is refused, but in config.json, where the same key may mean something else.
/// </summary>
/// <param name="sections">Where the keys stand.</param>
internal sealed class GenerationWishes(GenerationSections sections)
{
    // What transformers writes into config.json where nobody asked for a length.
    private const int UnaskedMaxLength = 20;

    private readonly List<string> _warnings = [];

    /// <summary>What could not be met so far.</summary>
    public IReadOnlyList<string> Warnings => _warnings.Count == 0 ? Array.Empty<string>() : _warnings;

    /// <summary>A whole number (1.0 counts) from <paramref name="least"/> to <paramref name="most"/>; the most where it is more.</summary>
    public int? Integer(string key, int least, int most = int.MaxValue)
    {
        if (Value(key, "a whole number", IsWhole) is not { } found)
        {
            return null;
        }

        double value = found.Value.GetDouble();
        if (value >= least && value <= most)
        {
            return (int)value;
        }

        string allowed = most == int.MaxValue ? $"at least {least}" : $"{least} to {most}";
        return value > most ? GiveWay<int>(found, allowed, most) : GiveWay<int>(found, allowed, null);
    }

    /// <summary>A number within a range.</summary>
    public float? Number(string key, NumberRange range)
    {
        if (Value(key, "a number", value => value.ValueKind == JsonValueKind.Number) is not { } found)
        {
            return null;
        }

        float value = (float)found.Value.GetDouble();
        return range.Contains(value) ? value : GiveWay<float>(found, range.Description, null);
    }

    /// <summary>A true or false.</summary>
    public bool? Flag(string key) => Value(key, "true or false", IsFlag)?.Value.GetBoolean();

    /// <summary>early_stopping: true, false or "never".</summary>
    public EarlyStopping? EarlyStopping() =>
        Value("early_stopping", "true, false or \"never\"", value => IsFlag(value) || IsNever(value)) is not { } found ? null
        : IsNever(found.Value) ? Captioning.EarlyStopping.Never
        : found.Value.GetBoolean() ? Captioning.EarlyStopping.WhenFull
        : Captioning.EarlyStopping.Heuristic;

    /// <summary>max_length; config.json's 20 is nobody's wish.</summary>
    public int? MaxLength()
    {
        int? length = Integer("max_length", 1);
        return length == UnaskedMaxLength && sections.Find("max_length")!.Value.IsConfig ? null : length;
    }

    private static bool IsWhole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number);

    private static bool IsFlag(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    private static bool IsNever(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("never");

    private GenerationSections.Found? Value(string key, string expected, Func<JsonElement, bool> isOfKind)
    {
        if (sections.Find(key) is not { } found || isOfKind(found.Value))
        {
            return sections.Find(key);
        }

        return found.IsConfig ? GiveWay<GenerationSections.Found>(found, expected, null) : throw found.Refused(expected);
    }

    private T? GiveWay<T>(GenerationSections.Found found, string allowed, T? instead)
        where T : struct
    {
        string outcome = instead is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value} is used") : "it is ignored";
        _warnings.Add($"{found.Where}: {found.Key} is {found.Value.GetRawText()}; {allowed} is supported, {outcome}.");
        return instead;
    }
}
