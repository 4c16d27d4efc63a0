using System.Globalization;
using System.Text.Json.Nodes;

namespace ImageToText.Contracts;

/// <summary>One option of a caption: an entry of <see cref="CaptionOptionTable"/>.</summary>
/// <param name="Name">Its name in every API, as in Hugging Face transformers.</param>
/// <param name="Kind">The kind of its value.</param>
/// <param name="Label">Its label in a form.</param>
/// <param name="Description">What it does.</param>
public sealed record CaptionOption(string Name, CaptionOptionKind Kind, string Label, string Description)
{
    /// <summary>The least number allowed; null: any.</summary>
    public double? Least { get; init; }

    /// <summary>Whether <see cref="Least"/> itself is not allowed.</summary>
    public bool IsAboveLeast { get; init; }

    /// <summary>The greatest number allowed; null: any that the model has room for.</summary>
    public double? Most { get; init; }

    /// <summary>The default if neither the request nor the model says otherwise; null: none.</summary>
    public string? Default { get; init; }

    /// <summary>
    /// The allowed words of a <see cref="CaptionOptionKind.Choice"/> or <see cref="CaptionOptionKind.Colour"/>; "true" and "false"
    /// are truth values in JSON.
    /// </summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The captions that it applies to.</summary>
    public CaptionOptionUse Use { get; init; }

    /// <summary>More names in OpenAI's dialect; the first one given counts.</summary>
    public IReadOnlyList<string> OpenAiNames { get; init; } = [];

    /// <summary>The command line's flag that switches it off; null: it is given with its value.</summary>
    public string? OffFlag { get; init; }

    /// <summary>Its name on the command line.</summary>
    public string CommandLineName => OffFlag ?? "--" + Name.Replace('_', '-');

    /// <summary>What a value must be, such as "a whole number from 1 to 16".</summary>
    public string Expected =>
        Kind switch
        {
            CaptionOptionKind.Text => "text",
            CaptionOptionKind.Boolean => "true or false",
            CaptionOptionKind.Colour => $"{string.Join(", ", Choices)} or a colour such as #ff8800",
            CaptionOptionKind.Choice => $"{string.Join(", ", Choices.SkipLast(1))} or {Choices[^1]}",
            CaptionOptionKind.Number => "a number" + Range,
            _ => "a whole number" + Range,
        };

    /// <summary>What it does, and which captions it applies to.</summary>
    public string Explanation =>
        Use switch
        {
            CaptionOptionUse.WithBeams => Description + " Applies only with several beams.",
            CaptionOptionUse.WhenSampling => Description + " Applies only when sampling.",
            _ => Description,
        };

    private string Range =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(Least is null ? "" : IsAboveLeast ? $" above {Least}" : Most is null ? $" of {Least} or more" : $" from {Least}")}{(
                Most is null ? ""
                : IsAboveLeast ? $" and up to {Most}"
                : $" to {Most}"
            )}"
        );

    /// <summary>Reads a value, as written in forms, headers and on command lines.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">
    /// The value in JSON; null if there is an error other than <see cref="CaptionOptionFault.OutOfRange"/>.
    /// </param>
    public CaptionOptionFault Read(string text, out JsonValue? value)
    {
        value = null;
        string word = text.Trim();
        switch (Kind)
        {
            case CaptionOptionKind.Text:
                value = JsonValue.Create(text);
                return CaptionOptionFault.None;
            case CaptionOptionKind.Integer or CaptionOptionKind.LongInteger:
                return ReadInteger(word, out value);
            case CaptionOptionKind.Number:
                return ReadNumber(word, out value);
            case CaptionOptionKind.Boolean:
                value = TryReadBoolean(word, out bool flag) ? JsonValue.Create(flag) : null;
                break;
            case CaptionOptionKind.Choice:
                value = ReadChoice(word);
                break;
            case CaptionOptionKind.Colour:
                value = IsColour(word) ? JsonValue.Create(word.ToLowerInvariant()) : ReadChoice(word);
                break;
        }

        return value is null ? CaptionOptionFault.OfAnotherKind : CaptionOptionFault.None;
    }

    /// <summary>Reads a truth value: true, yes, on, t, y or 1, false, no, off, f, n or 0.</summary>
    public static bool TryReadBoolean(string text, out bool value)
    {
        string word = text.Trim().ToUpperInvariant();
        value = word is "TRUE" or "YES" or "ON" or "T" or "Y" or "1";
        return value || word is "FALSE" or "NO" or "OFF" or "F" or "N" or "0";
    }

    private CaptionOptionFault ReadInteger(string word, out JsonValue? value)
    {
        value = null;
        if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            return CaptionOptionFault.OfAnotherKind;
        }

        if (Kind == CaptionOptionKind.LongInteger)
        {
            value = JsonValue.Create(number);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            value = JsonValue.Create((int)number);
        }
        else
        {
            return CaptionOptionFault.TooLarge;
        }

        return number < Least || number > Most ? CaptionOptionFault.OutOfRange : CaptionOptionFault.None;
    }

    private CaptionOptionFault ReadNumber(string word, out JsonValue? value)
    {
        value = null;
        if (!float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
        {
            return CaptionOptionFault.OfAnotherKind;
        }

        if (!float.IsFinite(number))
        {
            return CaptionOptionFault.NotFinite;
        }

        value = JsonValue.Create(number);
        // In the engine's own precision, so that 0.01 is in a range that begins with 0.01.
        return number < (float?)Least || (IsAboveLeast && number <= Least) || number > (float?)Most
            ? CaptionOptionFault.OutOfRange
            : CaptionOptionFault.None;
    }

    private static bool IsColour(string word) => word is ['#', .. { Length: 6 } digits] && digits.All(char.IsAsciiHexDigit);

    private JsonValue? ReadChoice(string word)
    {
        if (Choices.Contains("true") && TryReadBoolean(word, out bool flag))
        {
            return JsonValue.Create(flag);
        }

        return Choices.FirstOrDefault(choice => choice.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } found
            ? JsonValue.Create(found)
            : null;
    }
}

/// <summary>The kind of an option's value.</summary>
public enum CaptionOptionKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A whole number of 32 bits.</summary>
    Integer,

    /// <summary>A whole number of 64 bits.</summary>
    LongInteger,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>One of <see cref="CaptionOption.Choices"/>.</summary>
    Choice,

    /// <summary>One of <see cref="CaptionOption.Choices"/>, or a colour: # and six hexadecimal digits.</summary>
    Colour,
}

/// <summary>The captions that an option applies to.</summary>
public enum CaptionOptionUse
{
    /// <summary>All captions.</summary>
    Always,

    /// <summary>Captions from a search with several beams.</summary>
    WithBeams,

    /// <summary>Sampled captions.</summary>
    WhenSampling,
}

/// <summary>Why a value is invalid.</summary>
public enum CaptionOptionFault
{
    /// <summary>It is valid.</summary>
    None,

    /// <summary>It is of another kind than the option.</summary>
    OfAnotherKind,

    /// <summary>It is a whole number of more than 32 bits.</summary>
    TooLarge,

    /// <summary>It is not a number, or infinite.</summary>
    NotFinite,

    /// <summary>It has the option's kind, but is out of range.</summary>
    OutOfRange,
}
