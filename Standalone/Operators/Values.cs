using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ImageToText.Standalone.Operators;

/// <summary>A value from the command line. A null value means "none", which differs from "not given".</summary>
internal sealed record Given<T>(T? Value)
    where T : struct;

/// <summary>Amounts, times and limits on the command line, and how amounts are written.</summary>
internal static class Values
{
    private const string None = "none";

    // Longer than anything here lasts, yet today plus this span is still a valid date.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365_000);

    /// <summary>All significant digits, and no others.</summary>
    public static string Text(this decimal amount) => amount.ToString("0.############################", CultureInfo.InvariantCulture);

    public static string Text(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Parses a decimal of zero or more, such as 0.5 or 2.5e-10; null: it is not one.</summary>
    public static decimal? Amount(string text) =>
        decimal.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out decimal amount
        )
            ? amount
            : null;

    /// <summary>Parses a length of time such as 90s, 30m, 12h or 7d; null: it is not one.</summary>
    public static TimeSpan? Duration(string text)
    {
        if (
            text.Length < 2
            || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        )
        {
            return null;
        }

        var unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        return unit == TimeSpan.Zero || count > Longest / unit ? null : count * unit;
    }

    /// <summary>Makes an option whose value is parsed from one word.</summary>
    /// <param name="name">The option.</param>
    /// <param name="helpName">The placeholder for its value in the help.</param>
    /// <param name="description">What it does.</param>
    /// <param name="read">Parses a word; null: it can't be parsed.</param>
    /// <param name="expected">What to give.</param>
    public static Option<T?> Option<T>(string name, string helpName, string description, Func<string, T?> read, string expected)
        where T : struct =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => read(Word(result)) ?? Refuse<T?>(result, name, expected),
        };

    /// <summary>The same, where 'none' removes a limit.</summary>
    public static Option<Given<T>?> Limit<T>(string name, string helpName, string description, Func<string, T?> read, string expected)
        where T : struct =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
                Word(result) == None ? new Given<T>(null)
                : read(Word(result)) is { } value ? new Given<T>(value)
                : Refuse<Given<T>?>(result, name, $"{expected}, or {None}"),
        };

    private static string Word(ArgumentResult result) => result.Tokens.Single().Value;

    private static T? Refuse<T>(ArgumentResult result, string name, string expected)
    {
        result.AddError($"{name} is '{Word(result)}': give {expected}.");
        return default;
    }
}
