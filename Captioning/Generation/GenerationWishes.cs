using System.Globalization;
using System.Text.Json;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// Reads a checkpoint's settings one by one. A value out of range is ignored with a warning: the model loads, and the default
/// applies. A value of the wrong kind is refused, except in config.json, where the same key may mean something else.
/// </summary>
/// <param name="sections">The places with the keys.</param>
internal sealed class GenerationWishes(GenerationSections sections)
{
    // What transformers writes into config.json if nobody asked for a length.
    private const int UnaskedMaxLength = 20;

    private static readonly OptionLimit MaxLengthLimit = new("max_length", 1);
    private static readonly OptionLimit MinLengthLimit = new("min_length", 0);

    private readonly List<string> _warnings = [];

    /// <summary>What could not be honoured so far.</summary>
    public IReadOnlyList<string> Warnings => _warnings.Count == 0 ? Array.Empty<string>() : _warnings;

    /// <summary>A whole number (1.0 counts) within an option's limit; a larger one becomes the most.</summary>
    public int? Integer(OptionLimit limit)
    {
        if (Value(limit.Name, "a whole number", IsWhole) is not { } found)
        {
            return null;
        }

        double value = found.Value.GetDouble();
        double most = limit.Most ?? int.MaxValue;
        return value > most ? GiveWay<int>(found, limit.Description, (int)most)
            : value < limit.Least ? GiveWay<int>(found, limit.Description, null)
            : (int)value;
    }

    /// <summary>A number within an option's limit.</summary>
    public float? Number(OptionLimit limit)
    {
        if (Value(limit.Name, "a number", value => value.ValueKind == JsonValueKind.Number) is not { } found)
        {
            return null;
        }

        float value = (float)found.Value.GetDouble();
        return limit.Contains(value) ? value : GiveWay<float>(found, limit.Description, null);
    }

    /// <summary>A true or false.</summary>
    public bool? Flag(OptionLimit limit) => Value(limit.Name, "true or false", IsFlag)?.Value.GetBoolean();

    /// <summary>early_stopping: true, false or "never".</summary>
    public EarlyStopping? EarlyStopping() =>
        Value(GenerationLimits.EarlyStopping.Name, "true, false or \"never\"", value => IsFlag(value) || IsNever(value)) is not { } found
            ? null
        : IsNever(found.Value) ? Captioning.EarlyStopping.Never
        : found.Value.GetBoolean() ? Captioning.EarlyStopping.WhenFull
        : Captioning.EarlyStopping.Heuristic;

    /// <summary>max_length, except config.json's 20, which nobody asked for.</summary>
    public int? MaxLength()
    {
        int? length = Integer(MaxLengthLimit);
        return length == UnaskedMaxLength && sections.Find(MaxLengthLimit.Name)!.Value.IsConfig ? null : length;
    }

    /// <summary>min_length.</summary>
    public int? MinLength() => Integer(MinLengthLimit);

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
