using System.Globalization;
using System.Text;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// What a caller asks of a caption, as text by field name. The gateway checks that each value has the right type and is possible
/// for some model; the node checks that its model can do it. Only what was given is kept, in the order of
/// <see cref="CaptionOptionTable.All"/>.
/// </summary>
internal sealed class CaptionParameters
{
    private CaptionParameters(string? prompt, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        Prompt = prompt;
        Values = values;
    }

    /// <summary>The text that the caption should begin with; null: none.</summary>
    public string? Prompt { get; }

    /// <summary>Given fields with their values, each in one spelling.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; }

    /// <summary>Whether asking twice may give two captions, because of sampling without a seed.</summary>
    public bool IsRandom =>
        Values.Any(static value => value.Key == CaptionOptionTable.DoSample.Name && value.Value == "true")
        && Values.All(static value => value.Key != CaptionOptionTable.Seed.Name);

    /// <summary>
    /// The first option that asks for other pixels than plain runners read, which are those of Pillow's convert("RGB"); null: none.
    /// </summary>
    public string? OwnPixels => Values.FirstOrDefault(static value => !IsAsRunnersRead(value)).Key;

    /// <summary>The same with a seed, in its place among the options.</summary>
    public CaptionParameters WithSeed(long seed) =>
        Read(option =>
            option == CaptionOptionTable.Prompt ? Prompt
            : option == CaptionOptionTable.Seed ? seed.ToString(CultureInfo.InvariantCulture)
            : Values.FirstOrDefault(value => value.Key == option.Name).Value
        );

    /// <summary>How many sequences are asked for.</summary>
    public int Sequences =>
        Values.FirstOrDefault(static value => value.Key == CaptionOptionTable.NumReturnSequences.Name).Value is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 1;

    /// <summary>Prompt and options in one text, which is the same for the same caption; part of cache keys.</summary>
    public string Canonical
    {
        get
        {
            var text = new StringBuilder();
            foreach (var (name, value) in Values)
            {
                text.Append(name).Append('=').Append(value).Append('\n');
            }

            return text.Append('\n').Append(Prompt).ToString();
        }
    }

    private static bool IsAsRunnersRead(KeyValuePair<string, string> value) =>
        value.Key == CaptionOptionTable.Background.Name ? value.Value == "drop"
        : value.Key == CaptionOptionTable.SixteenBit.Name ? value.Value == "clip"
        : value.Key != CaptionOptionTable.Frame.Name || value.Value == "0";

    /// <summary>The language that is expected; null: none.</summary>
    public string? Language => Values.FirstOrDefault(static value => value.Key == CaptionOptionTable.Language.Name).Value;

    /// <summary>The same without a language.</summary>
    public CaptionParameters WithoutLanguage() =>
        new(Prompt, [.. Values.Where(static value => value.Key != CaptionOptionTable.Language.Name)]);

    /// <summary>The same with another prompt.</summary>
    /// <param name="prompt">The prompt; null: none.</param>
    public CaptionParameters WithPrompt(string? prompt) => new(prompt, Values);

    /// <summary>The same with a field of <see cref="CaptionFields"/>.</summary>
    public CaptionParameters With(string field, string value) => new(Prompt, [.. Values, new(field, value)]);

    /// <summary>The same, where the most tokens are a cap that may lie beyond the model's room.</summary>
    public CaptionParameters WithCappedTokens() =>
        Values.Any(static value => value.Key == CaptionOptionTable.MaxNewTokens.Name) ? With(CaptionFields.CapsNewTokens, "true") : this;

    /// <summary>Reads the options of a request.</summary>
    /// <param name="valueOf">Returns the text of an option; null: missing. A blank prompt counts as none.</param>
    /// <exception cref="RefusalException">422: a value has the wrong type or is out of range.</exception>
    public static CaptionParameters Read(Func<CaptionOption, string?> valueOf)
    {
        string? prompt = valueOf(CaptionOptionTable.Prompt);
        var values = new List<KeyValuePair<string, string>>();
        foreach (var option in CaptionOptionTable.All)
        {
            if (option != CaptionOptionTable.Prompt && valueOf(option) is { Length: > 0 } text)
            {
                values.Add(new(option.Name, Read(option, option.Name, text)));
            }
        }

        return new CaptionParameters(string.IsNullOrWhiteSpace(prompt) ? null : prompt, values);
    }

    /// <summary>An option's value, in its one spelling.</summary>
    /// <param name="option">The option.</param>
    /// <param name="name">Its name in the caller's dialect.</param>
    /// <param name="text">The text given.</param>
    /// <exception cref="RefusalException">422: the wrong type or out of range.</exception>
    public static string Read(CaptionOption option, string name, string text) =>
        option.Read(text, out var value) == CaptionOptionFault.None
            ? value!.ToString()
            : throw Refusals.InvalidOption(name, $"'{name}' must be {option.Expected}.");

    /// <summary>Reads a truth value, as written in forms and JSON.</summary>
    /// <exception cref="RefusalException">422: neither true nor false.</exception>
    public static bool ReadBoolean(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? false
        : CaptionOption.TryReadBoolean(text, out bool value) ? value
        : throw Refusals.InvalidOption(name, $"'{name}' must be true or false.");

    /// <summary>Reads a price in USD per pixel, such as 2.5e-10.</summary>
    /// <exception cref="RefusalException">422: not a number, or below zero.</exception>
    public static decimal? ReadPrice(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal price) && price >= 0 ? price
        : throw Refusals.InvalidOption(name, $"'{name}' must be a price in USD per pixel of zero or more, such as 2.5e-10.");
}
