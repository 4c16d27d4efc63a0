using System.Globalization;
using System.Text;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// What a caller asks of a caption, as text by field name: the gateway checks that each is of its type and in reach of any model, the
/// node that the model can do it. Only what was given is kept, in the order of <see cref="Known"/>.
/// </summary>
internal sealed class CaptionParameters
{
    /// <summary>The fields there are, in the order in which they go to nodes and into cache keys.</summary>
    public static readonly IReadOnlyList<CaptionParameter> Known =
    [
        new("num_beams", CaptionParameterKind.Integer, 1, 16),
        new("max_new_tokens", CaptionParameterKind.Integer, 1, 4096),
        new("min_new_tokens", CaptionParameterKind.Integer, 0, 4096),
        new("length_penalty", CaptionParameterKind.Number, -100, 100),
        new("early_stopping", CaptionParameterKind.BooleanOrNever, 0, 1),
        new("repetition_penalty", CaptionParameterKind.Number, 1e-6, 100),
        new("no_repeat_ngram_size", CaptionParameterKind.Integer, 0, 4096),
        new("do_sample", CaptionParameterKind.Boolean, 0, 1),
        new("temperature", CaptionParameterKind.Number, 1e-6, 100),
        new("top_p", CaptionParameterKind.Number, 1e-6, 1),
        new("top_k", CaptionParameterKind.Integer, 0, 1_000_000),
        new("seed", CaptionParameterKind.Integer, long.MinValue, long.MaxValue),
        new("num_return_sequences", CaptionParameterKind.Integer, 1, 16),
        new("suppress_defect_words", CaptionParameterKind.Boolean, 0, 1),
    ];

    private CaptionParameters(string? prompt, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        Prompt = prompt;
        Values = values;
    }

    /// <summary>The text that the caption is to begin with; null: none.</summary>
    public string? Prompt { get; }

    /// <summary>Given fields with their values in one spelling each.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; }

    /// <summary>Whether asking twice may give two captions: drawn at random, with no seed.</summary>
    public bool IsRandom =>
        Values.Any(static value => value is { Key: "do_sample", Value: "true" }) && Values.All(static value => value.Key != "seed");

    /// <summary>Prompt and options in one text, the same for the same caption: part of cache keys.</summary>
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

    /// <summary>Reads the parameters of a request.</summary>
    /// <param name="prompt">The prompt; blank counts as none.</param>
    /// <param name="valueOf">The text given for a field; null: not given.</param>
    /// <exception cref="RefusalException">422: a value of the wrong type or out of range.</exception>
    public static CaptionParameters Read(string? prompt, Func<string, string?> valueOf)
    {
        var values = new List<KeyValuePair<string, string>>();
        foreach (var parameter in Known)
        {
            if (valueOf(parameter.Name) is { Length: > 0 } text)
            {
                values.Add(new(parameter.Name, parameter.Read(text.Trim())));
            }
        }

        return new CaptionParameters(string.IsNullOrWhiteSpace(prompt) ? null : prompt, values);
    }

    /// <summary>Reads a truth value as forms and JSON write it.</summary>
    /// <exception cref="RefusalException">422: neither true nor false.</exception>
    public static bool ReadBoolean(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? false
        : TryReadBoolean(text, out bool value) ? value
        : throw Refusals.InvalidOption(name, $"'{name}' must be true or false.");

    /// <summary>Reads true, false or "never".</summary>
    /// <exception cref="RefusalException">422: none of them.</exception>
    public static string ReadBooleanOrNever(string name, string text) =>
        string.Equals(text.Trim(), "never", StringComparison.OrdinalIgnoreCase) ? "never"
        : TryReadBoolean(text, out bool value)
            ? value ? "true"
                : "false"
        : throw Refusals.InvalidOption(name, $"'{name}' must be true, false or \"never\".");

    /// <summary>Reads a price in USD per pixel, such as 2.5e-10.</summary>
    /// <exception cref="RefusalException">422: no number, or below zero.</exception>
    public static decimal? ReadPrice(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal price) && price >= 0 ? price
        : throw Refusals.InvalidOption(name, $"'{name}' must be a price in USD per pixel of zero or more, such as 2.5e-10.");

    private static bool TryReadBoolean(string text, out bool value)
    {
        text = text.Trim();
        value = text == "1";
        return value || text == "0" || bool.TryParse(text, out value);
    }
}

/// <summary>What a field's value is.</summary>
internal enum CaptionParameterKind
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>true, false or never.</summary>
    BooleanOrNever,
}

/// <summary>One field that callers may set.</summary>
/// <param name="Name">Its name on every wire.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Least">The least value.</param>
/// <param name="Most">The greatest value.</param>
internal sealed record CaptionParameter(string Name, CaptionParameterKind Kind, double Least, double Most)
{
    /// <summary>The value in its one spelling.</summary>
    /// <exception cref="RefusalException">422: of the wrong type or out of range.</exception>
    public string Read(string text)
    {
        switch (Kind)
        {
            case CaptionParameterKind.Boolean:
                return CaptionParameters.ReadBoolean(Name, text) ? "true" : "false";
            case CaptionParameterKind.BooleanOrNever:
                return CaptionParameters.ReadBooleanOrNever(Name, text);
            case CaptionParameterKind.Integer
                when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)
                    && integer >= Least
                    && integer <= Most:
                return integer.ToString(CultureInfo.InvariantCulture);
            case CaptionParameterKind.Number
                when float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number)
                    && number >= Least
                    && number <= Most:
                return number.ToString("R", CultureInfo.InvariantCulture);
            default:
                throw Refusals.InvalidOption(
                    Name,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{Name}' must be {(Kind == CaptionParameterKind.Integer ? "a whole number" : "a number")} from {Least} to {Most}."
                    )
                );
        }
    }
}
